"""Is the process alive, and can it serve?"""

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from everkin.api.bodies import HealthTold
from everkin.api.door import TheDoor

router = APIRouter(tags=["health"])


@router.get("/healthz")
async def alive() -> dict[str, str]:
    """Answers as long as the process turns; looks at nothing."""
    return {"status": "alive"}


@router.get("/readyz", response_model=HealthTold)
async def ready(door: TheDoor) -> JSONResponse:
    """Every part by name; 503 when one that replies cannot do without is down."""
    told = HealthTold.model_validate(await door.kin.health())
    return JSONResponse(told.model_dump(), status_code=200 if told.ready else 503)
