import asyncio, sys, tempfile, pathlib, time
from tests.app.walker import *
from tests.app.test_locator import Judge, ROOMS
from tests.support.clock import FakeClock
from edge.sim.strolls import FLAT_3, FLAT_6
async def one(seed, at, walk, hours, stay):
    clock=FakeClock()
    with tempfile.TemporaryDirectory() as d:
        async with flat_in(pathlib.Path(d), clock, at=at, seed=seed) as f:
            for n,r in enumerate(ROOMS): await f.walk(r, walk, seed=n+10*seed)
            row=await f.fit()
            f.seen.clear(); j=Judge(f)
            await f.live(stroll(f.floor, seed=7+seed, start_s=clock.now().wall_ms/1000, length_s=hours*3600, stay_s=stay), j.look)
            print(len(at), 'seed', seed, 'walk', walk, 'expected', row['fit']['expected']['share_right'], 'right', [round(j.share_right(l),3) for l in (5,10,15)], 'told', len(f.told()), 'moves', sum(a[0]!=b[0] for a,b in zip(j.steps,j.steps[1:])), flush=True)
async def main():
    for at in (FLAT_3, FLAT_6):
        for seed in (1,2,3): await one(seed, at, float(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3]))
asyncio.run(main())
