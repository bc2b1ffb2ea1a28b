import time,sys,torch
torch.set_num_threads(1)
from dataclasses import replace
from seqrec_lib.data import simulate, leave_one_out
from seqrec_lib import fit, evaluate
from seqrec_lib.models import build, recipe_settings
from seqrec_lib.compress import *
t=time.time(); w=simulate("large",users=int(sys.argv[1]),seed=1,series=2000,films=8000); print("sim",time.time()-t,w.n_items,flush=True)
t=time.time(); s=leave_one_out(w,max_len=40); print("split",time.time()-t,len(s.train),flush=True)
s=replace(s,validation=s.validation.rows(slice(0,300)),test=s.test.rows(slice(0,1500)))
torch.manual_seed(0)
m=build(recipe_settings(sys.argv[2],w.n_items,max_len=40,dim=int(sys.argv[3]),dropout=0.1,**({"layers":1} if sys.argv[2]=="sasrec" else {})))
ep=int(sys.argv[4])
t=time.time(); c=time.process_time(); h=fit(m,s,loss="in-batch",batch_size=64,lr=float(sys.argv[5]),weight_decay=1e-2,schedule="cosine",patience=0,epochs=ep,evaluate_every=ep,seed=0,progress=False,device="cpu"); print("fit",time.time()-t,time.process_time()-c,flush=True)
print(bytes_of(m), evaluate(m,s.test)["NDCG@10"], time.time()-t)
for me,o in (("bf16",{}),("int8",{}),("int4",{}),("codes",{"pieces":8}),("codes",{"pieces":16}),("sparse",{"kept":.5}),("sparse",{"kept":.1})):
    t=time.time(); q=compressed(m,me,**o); t1=time.time()-t
    print(me,o,bytes_of(m)/bytes_of(q), evaluate(q,s.test)["NDCG@10"],t1,time.time()-t, flush=True)
