"""Is the process alive, and can it serve?"""

from fastapi import APIRouter

from everkin.api.answers import HealthTold
from everkin.api.door import TheDoor
from everkin.api.wire import Answer

router = APIRouter(tags=["health"])


@router.get("/healthz")
async def alive() -> dict[str, str]:
    """Answers as long as the process turns; looks at nothing."""
    return {"status": "alive"}


@router.get("/readyz", response_model=HealthTold)
async def ready(door: TheDoor) -> Answer:
    """Every part by name; 503 when one that replies cannot do without is down."""
    told = HealthTold.model_validate(await door.kin.health())
    late = door.heart.late() if door.heart else []
    told = told.model_copy(update={"parts": told.parts | {f"job {name}": "late" for name in late}})
    return Answer(told.model_dump(), status_code=200 if told.ready else 503)
