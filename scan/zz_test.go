package scan
import ("testing";"context";"os";"runtime";"runtime/pprof";"fmt";"github.com/coldcut/coldcut/artifact";"github.com/coldcut/coldcut/internal/boto")
func TestXX(t *testing.T){ 
 a,err:=artifact.Open(os.Getenv("PKG"),artifact.Options{}); if err!=nil{t.Fatal(err)}
 var ms runtime.MemStats
 inst,_:=boto.Find(a)
 p,err:=load(context.Background(),a,Options{},inst); if err!=nil{t.Fatal(err)}
 runtime.GC(); runtime.ReadMemStats(&ms); n:=0; for _,f:=range p.files {n+=len(f.words)}; fmt.Println("after load heap MB", ms.HeapAlloc>>20, "files", len(p.files), "src MB", p.size>>20, "words MB", n*8>>20)
 f := &finder{prog: p, solver: newSolver(p), catalog: catalogOf(inst)}
 _,err=f.run(context.Background()); if err!=nil{t.Fatal(err)}
 runtime.GC(); runtime.ReadMemStats(&ms); n=0; sz:=0; for _,u:=range p.units { if u!=nil {n++; sz+=len(u.parsed.Text)}}
 fmt.Println("end heap MB", ms.HeapAlloc>>20, "sys", ms.Sys>>20, "units", n, "src MB", float64(sz)/1e6, "memo", len(f.solver.memo))
 g:=map[string]int64{}
 for ff,u:=range p.units { if u!=nil {g[ff.group]+=ff.size}}; fmt.Println(g)
 o,_:=os.Create("/tmp/heap.prof"); pprof.WriteHeapProfile(o); o.Close(); runtime.KeepAlive(p); runtime.KeepAlive(f)
}
