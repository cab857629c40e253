import asyncio, time, sys, tempfile, pathlib
from tests.app.walker import *
from tests.support.clock import FakeClock
async def main(hours):
    clock=FakeClock()
    with tempfile.TemporaryDirectory() as d:
        async with flat_in(pathlib.Path(d), clock) as f:
            t=time.time()
            for n,r in enumerate(sorted(f.floor.neighbours())):
                rows=await f.walk(r, float(sys.argv[2]), seed=n)
                pass
            print('walk', time.time()-t); t=time.time()
            row=await f.fit(); print({k:v for k,v in row.items() if k!='fit'}, row['fit']['expected'], row['fit']['mends']); print('fit', time.time()-t)
            t=time.time()
            windows=right=0; lags=[]
            hist=[]
            def hook(place):
                p=f.locator.place_of('tag-1')
                hist.append((place.room, None if p is None else p.room))
            await f.live(stroll(f.floor, seed=77, start_s=clock.now().wall_ms/1000, length_s=hours*3600, stay_s=float(sys.argv[3])), hook)
            print('live', time.time()-t, len(hist))
            # windows of 10 s = 20 steps: told place one lag later
            w=[hist[i:i+20] for i in range(0,len(hist)-20,20)]
            from collections import Counter
            for shift in (0,10,20,30):
              ok=0;tot=0
              for i in range(0,len(hist)-20-shift,20):
                truth=Counter(h[0] for h in hist[i:i+20]).most_common(1)[0][0]
                said=Counter(h[1] for h in hist[i+shift:i+20+shift]).most_common(1)[0][0]
                ok+= truth==said; tot+=1
              print('shift s',shift/2, ok/tot, tot)
            print(len(f.told()), f.told()[:10])
            show=await f.commands.show({}, PEER); print({k:v for k,v in show.items() if k not in('fit','walked')})
asyncio.run(main(float(sys.argv[1])))
