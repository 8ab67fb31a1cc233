"""Alice opens the page in a real browser, and talks with Lucy."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Error, async_playwright, expect

from everkin.portability import samples
from everkin.testing.faults import Mishap, Script
from support.serving import serving

pytestmark = pytest.mark.slow

CHROMIUM = "/usr/bin/chromium"
SAID = "My dog Biscuit is afraid of thunder."
ASKED = "Is Biscuit afraid of anything?"
CONTRAST = """
(selector) => {
  const channels = (color) => color.match(/[\\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => [r, g, b].map((c) => c / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const color = channels(getComputedStyle(e).backgroundColor);
      if (color.length < 4 || color[3] > 0) return color;
    }
    return [255, 255, 255];
  };
  return [...document.querySelectorAll(selector)].filter((e) => e.checkVisibility()).map((element) => {
    const [one, other] = [getComputedStyle(element).color, null].map((c) => luminance(c ? channels(c) : behind(element)));
    return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
  });
}
"""


@pytest.fixture
async def browser():
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        await browser.close()


@asynccontextmanager
async def opened(browser, address, **options):
    """The page, watched: nothing may be refused by its own policy, and nothing fetched from elsewhere."""
    context = await browser.new_context(**options)
    page = await context.new_page()
    page.set_default_timeout(10_000)
    complaints, elsewhere = [], []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda line: complaints.append(line.text) if "Content Security Policy" in line.text else None)
    page.on("request", lambda ask: None if ask.url.startswith(address) else elsewhere.append(ask.url))
    await page.goto(address)
    await expect(page.get_by_text("All is well.")).to_be_visible()
    yield page
    assert (complaints, elsewhere) == ([], [])
    await context.close()


@pytest.fixture
async def page(browser, server, kin):
    bond = await kin.bond(user="me", companion="lucy")
    await bond.observe(
        [{"role": "user", "content": SAID, "at": "2025-05-03T20:15:00Z", "id": "1"}], conversation="last year"
    )
    async with opened(browser, server, locale="en-GB") as page:
        yield page


async def say(page, words):
    await page.get_by_label("Your message").fill(words)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Send")).to_be_visible()


async def test_alice_asks_and_sees_what_the_reply_was_answered_from(page):
    await say(page, ASKED)
    reply = page.locator("#talk > li").last
    await expect(reply).to_contain_text("I am glad you told me.")
    await reply.locator("summary").click()
    await expect(reply.locator("summary")).to_contain_text("confidence")
    recalled = reply.locator(".recall li").first
    await expect(recalled).to_contain_text(SAID)
    await expect(recalled.locator("time")).to_have_text("3 May 2025")


async def test_a_reply_appears_while_it_is_told_and_can_be_stopped(page, provider):
    provider.play(Script(text=" ".join(f"word{n}" for n in range(500)), pace_s=0.02))
    await page.get_by_label("Your message").fill("Tell me a long story.")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("word5")).to_be_visible()
    await page.get_by_role("button", name="Stop").click()
    await expect(page.get_by_text("You stopped this reply")).to_be_visible()
    await provider.quiet()


async def test_the_understudy_is_announced(page, provider):
    await say(page, "Good morning.")
    banner = page.get_by_text("The understudy is answering")
    await expect(banner).not_to_be_visible()
    provider.play(Script(mishap=Mishap.ERROR_500))
    await say(page, ASKED)
    await expect(banner).to_be_visible()


async def test_help_is_shown_plainly_and_once(page):
    await say(page, "I want to kill myself.")
    reply = page.locator("#talk > li").last
    resources = reply.get_by_role("note")
    await expect(resources).to_be_visible()
    first_line = (await resources.inner_text()).split("\n")[0]
    assert (await reply.inner_text()).count(first_line) == 1
    await expect(reply.locator(".words")).to_have_text("I am glad you told me.")


async def test_a_memory_is_explained_pinned_and_erased(page):
    memory = page.locator("#memories > li").filter(has_text=SAID).first
    await memory.get_by_role("button", name="Why do you know this?").click()
    await expect(memory.locator(".sources")).to_contain_text("3 May 2025, 20:15")
    await memory.get_by_role("button", name="Pin").click()
    await expect(memory.get_by_role("button", name="Pinned")).to_have_attribute("aria-pressed", "true")
    await memory.get_by_role("button", name="Erase").click()
    await page.get_by_role("button", name="Keep it").click()
    await expect(memory).to_be_visible()
    await memory.get_by_role("button", name="Erase").click()
    await page.get_by_role("button", name="Erase for good").click()
    await expect(page.locator("#memories > li")).to_have_count(0)


async def test_what_was_said_before_is_there_when_the_page_is_opened_again(page):
    await say(page, "I start at the bakery on Monday.")
    await page.reload()
    await expect(page.locator("#talk")).to_contain_text("I start at the bakery on Monday.")
    await expect(page.locator("#talk")).to_contain_text("I am glad you told me.")


async def test_what_is_typed_before_the_page_is_ready_is_said_all_the_same(browser, server):
    typed = asyncio.Event()

    async def late(route):
        await typed.wait()
        await route.continue_()

    page = await browser.new_page()
    await page.route("**/v1/companions", late)
    await page.goto(server)
    await page.get_by_label("Your message").fill("Good morning.")
    await page.keyboard.press("Enter")
    typed.set()
    await expect(page.locator("#talk > li").last).to_contain_text("I am glad you told me.")


async def test_words_are_never_markup(page):
    await say(page, '<img src=x onerror="document.title=1"><b id=bold>hi</b> <script>alert(1)</script>')
    await expect(page.locator("#bold")).to_have_count(0)
    await expect(page.locator("#talk")).to_contain_text("<b id=bold>hi</b>")
    assert await page.title() == "Everkin"


async def test_inline_script_would_not_run(browser, server):
    page = await browser.new_page()
    await page.goto(server)
    with pytest.raises(Error, match="Content Security Policy"):
        await page.add_script_tag(content="document.title = 'broken into'")
    assert await page.title() == "Everkin"


async def test_everything_can_be_reached_by_keyboard(page):
    await page.get_by_label("as", exact=True).focus()
    reached = set()
    for _ in range(14):
        await page.keyboard.press("Tab")
        reached.add(await page.evaluate("document.activeElement.id || document.activeElement.textContent"))
    assert {"talk", "text", "send", "refresh", "memories", "Pin", "Why do you know this?", "Erase"} <= reached


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_everything_can_be_read(browser, server, kin, scheme):
    """WCAG AA: 4.5 to 1, in both colour schemes."""
    async with opened(browser, server, color_scheme=scheme) as page:
        await say(page, SAID)
        await page.locator("summary").last.click()
        selectors = "h1, h2, label, .words, .said, summary, .verdict, time, .hint, .note, .health, #memories p, button"
        contrasts = await page.evaluate(CONTRAST, selectors)
        assert len(contrasts) > 15
        assert min(contrasts) >= 4.5


async def test_a_locked_server_asks_for_the_key(browser, kin):
    key = "alices-secret-key-0001"
    async with serving(kin, api_keys=f"{key}:alice") as address:
        context = await browser.new_context()
        page = await context.new_page()
        await page.goto(address)
        await page.get_by_role("textbox", name="API key").fill(key)
        await page.get_by_role("button", name="Use it").click()
        await expect(page.get_by_role("alert")).to_contain_text("belongs to another user")
        await page.get_by_label("as", exact=True).fill("alice")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("alert")).to_have_count(0)
        await say(page, "Good morning.")
        await expect(page.locator("#talk")).to_contain_text("I am glad you told me.")
        await context.close()


async def test_on_a_telephone_the_box_stays_in_reach_and_memories_are_a_tap_away(browser, server, kin):
    bond = await kin.bond(user="me", companion="lucy")
    await bond.observe([{"role": "user", "content": f"Loaf number {n} is sold."} for n in range(40)])
    async with opened(browser, server, viewport={"width": 360, "height": 640}, has_touch=True, is_mobile=True) as page:
        await expect(page.get_by_role("button", name="Send")).to_be_in_viewport()
        assert await page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]") == [
            360,
            640,
        ]
        assert await page.evaluate("document.activeElement.id") != "text"
        await expect(page.get_by_text("Why do you know this?").first).not_to_be_visible()
        await page.get_by_role("button", name="Remembered").tap()
        await expect(page.get_by_text("Why do you know this?").first).to_be_in_viewport()
        await page.get_by_role("button", name="Back to talking").tap()
        await expect(page.get_by_label("Your message")).to_be_in_viewport()


async def test_a_newcomer_is_shown_what_the_sample_companion_can_be_asked(browser, server, kin):
    await kin.put_companion("lucy", samples.PERSONA.read_text(encoding="utf-8"))
    bond = await kin.bond(user="me", companion="lucy")
    await bond.observe([{"role": "user", "content": "Dawn is the nurse.", "at": "2025-05-03T20:15:00Z"}])
    async with opened(browser, server) as page:
        await page.get_by_role("button", name="Who is Dawn?").click()
        await expect(page.locator("#talk > li").last).to_contain_text("I am glad you told me.")
        await expect(page.get_by_role("button", name="Who is Dawn?")).not_to_be_visible()


async def test_words_come_back_when_the_server_is_gone(page):
    await page.route("**/reply", lambda route: route.abort())
    await say(page, "Do not lose this.")
    await expect(page.locator("#talk > li").last).to_contain_text("Everkin cannot be reached.")
    await expect(page.get_by_label("Your message")).to_have_value("Do not lose this.")
