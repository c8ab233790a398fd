# %% [markdown]
# # A notebook that ends in a published model
# Open it in an editor that knows `# %%` cells, or run it as a script. It trains for a moment, on the CPU.

# %%
import os

import slipway
from datasets import Dataset
from trl import SFTConfig, SFTTrainer

BASE = os.environ.get("BASE", "Qwen/Qwen2.5-0.5B")
TO = os.environ.get("TO", "")  # me/my-model; without it nothing is sent

# %%
questions = Dataset.from_list([
    {"messages": [{"role": "user", "content": f"What is {n} and {n}?"}, {"role": "assistant", "content": f"{2 * n}."}]}
    for n in range(32)])

# %%
trainer = SFTTrainer(
    model=BASE, train_dataset=questions,
    args=SFTConfig(output_dir="sums", max_steps=2, use_cpu=True, bf16=False, save_strategy="no", report_to=[]))
ending = slipway.SlipwayCallback(trainer, push=bool(TO), to=TO or None, model_name="Sums", license="apache-2.0")
trainer.add_callback(ending)
trainer.train()

# %%
# A failed publication does not fail the training: look, mend, and try again with `ending.finish()`.
print(ending.error or ending.result.url or "prepared in ./sums")

# %%
for fix in ending.result.fixes if ending.result else ():
    print(f"{fix.file}: {fix.path}  {fix.before or '(absent)'} -> {fix.after[:40]}  ({fix.code})")
