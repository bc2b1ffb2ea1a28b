"""The worlds: what is special about each. ``simulate(name)`` starts from these.

`video` is the world of the early chapters and ignores time. In the other four of the five, and in the three
of :data:`OUTLOOK`, the time of the request matters; which way is said beside each setting.
"""

from __future__ import annotations

from .settings import WorldSettings

VIDEO = WorldSettings()

SHOP = WorldSettings(
    name="shop",
    skin="shop",
    users=4000,
    series=30,
    parts=3,
    films=50,
    categories=8,
    types=6,
    min_length=25,
    max_length=50,
    succession=5.0,
    fade_hours=4.0,  # an accessory is taken in the same session, or hardly at all
    trigger=1.6,
    trigger_days=12.0,  # the cartridge is wanted when the first one is empty
    trigger_spread=0.25,
    taste=0.7,
    sharpness=1.4,
    price_sense=0.5,
    popularity=0.3,
    zipf=0.8,
    drift=1.2,
    new_share=0.2,
    weekend_pull=0.4,
    slate=12,
    click_threshold=4.0,
    buy_slope=1.2,
)

MUSIC = WorldSettings(
    name="music",
    skin="music",
    users=4000,
    series=40,
    parts=4,
    films=40,
    categories=8,
    types=6,
    min_length=25,
    max_length=50,
    repeats=True,
    self_call=True,  # a song that was liked comes again some songs later
    succession=3.5,
    fade_hours=3.0,  # an album goes on within the session
    trigger=0.6,
    taste=1.1,
    sharpness=2.2,
    weekend=1.5,  # other categories on Saturdays and Sundays
    popularity=0.45,
    zipf=0.9,
    session_end=0.25,
    within_minutes=4.0,
    between_days=1.5,
    pace=1.2,  # some types listen for hours, others to a song or two
)

ADS = WorldSettings(
    name="ads",
    skin="ads",
    users=4000,
    series=25,
    parts=4,
    films=45,
    categories=8,
    types=8,
    min_length=20,
    max_length=40,
    succession=4.0,
    fade_hours=6.0,  # the next step of a campaign is taken at once or not at all
    trigger=2.0,
    taste=0.8,
    sharpness=1.6,
    popularity=0.4,
    zipf=0.9,
    drift=2.0,  # campaigns rise and die within months
    new_share=0.3,
    session_end=0.35,
    within_minutes=10.0,
    between_days=3.0,
    weekend_pull=0.2,
    slate=20,
    examination=0.6,
    click_threshold=4.0,
)

FINANCE = WorldSettings(
    name="finance",
    skin="finance",
    users=4000,
    series=30,
    parts=3,
    films=45,
    categories=6,
    types=5,
    min_length=20,
    max_length=40,
    succession=2.8,
    trigger=2.6,
    trigger_days=60.0,  # a deposit falls due, and something is done with the money
    trigger_spread=0.2,
    taste=0.8,
    sharpness=1.7,
    price_sense=0.6,  # what a type can afford
    popularity=0.35,
    zipf=0.8,
    drift=1.2,  # markets
    session_end=0.5,
    within_minutes=30.0,
    between_days=10.0,
    pace=1.2,  # traders and savers
    start_days=365.0,
)

# A catalogue of 100,000 items. It ignores time, as `video` does, so that order-only models share its ceiling.
LARGE = WorldSettings(
    name="large",
    skin="shop",
    users=30000,
    series=10000,
    parts=6,
    films=15000,
    categories=8,
    types=6,
    min_length=20,
    max_length=40,
    zipf=1.0,
    large=True,
)

# Histories of 1,000 to 2,000 events, whose triggers lie 37 to 43 events back: beyond a short window. Another
# ``lag_kernel`` moves them. The farther back, the more of them are spent before: of 100 events 40 are
# triggered from 8 to 14 back, 35 from 37 to 43, and 31 from 80 to 86. It ignores time, as `video` does.
LONG = WorldSettings(
    name="long",
    users=200,
    series=60,
    parts=3,
    films=100,
    min_length=1000,
    max_length=2000,
    repeats=True,
    entry=20.0,
    lag_kernel=((37, 0.5), (38, 0.8), (39, 1.0), (40, 1.0), (41, 1.0), (42, 0.8), (43, 0.5)),
    large=True,
)

# The fields where a wrong list does harm. No record of a person is behind them: they are the same process in
# other words, and say nothing about how pupils, patients or citizens behave.
COURSES = WorldSettings(
    name="courses",
    skin="courses",
    users=4000,
    series=40,
    parts=4,
    films=40,
    categories=8,
    types=6,
    min_length=25,
    max_length=50,
    repeats=True,
    self_call=True,  # what was learned comes back for review some lessons later
    succession=3.0,
    fade_hours=30.0,  # a course that was left for days is hardly gone on with
    trigger=0.75,
    taste=1.1,
    sharpness=2.0,
    weekend=2.0,  # other subjects on Saturdays and Sundays
    popularity=0.5,
    zipf=0.8,
    session_end=0.3,
    within_minutes=15.0,
    between_days=1.5,
    pace=1.0,  # some sit for an evening, others for a unit
)

CARE = WorldSettings(
    name="care",
    skin="care",
    users=4000,
    series=30,
    parts=3,
    films=45,
    categories=8,
    types=6,
    min_length=20,
    max_length=40,
    succession=2.6,
    trigger=2.6,
    trigger_days=90.0,  # a check-up falls due after months
    trigger_spread=0.2,
    taste=0.8,
    sharpness=1.7,
    popularity=0.35,
    zipf=0.8,
    drift=1.0,  # seasons and campaigns
    session_end=0.6,
    within_minutes=45.0,
    between_days=14.0,
    start_days=365.0,
)

CITY = WorldSettings(
    name="city",
    skin="city",
    users=4000,
    series=30,
    parts=3,
    films=50,
    categories=8,
    types=7,
    min_length=20,
    max_length=40,
    succession=6.5,
    fade_hours=12.0,  # the steps of an application are taken on one day, or it is given up
    trigger=2.0,
    trigger_days=30.0,  # what was granted must be renewed
    trigger_spread=0.25,
    taste=0.8,
    sharpness=1.6,
    popularity=0.4,
    zipf=0.9,
    drift=1.0,
    new_share=0.2,  # services come and go with the budget
    session_end=0.4,
    within_minutes=20.0,
    between_days=7.0,
)

# Worlds for one purpose, beside the five: found by name, and left out where all worlds are compared.
OUTLOOK = {settings.name: settings for settings in (COURSES, CARE, CITY)}
SPECIAL = {settings.name: settings for settings in (LARGE, LONG)} | OUTLOOK
WORLDS = {settings.name: settings for settings in (VIDEO, SHOP, MUSIC, ADS, FINANCE)}
