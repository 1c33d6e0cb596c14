"""Posterior draws of a robust linear regression, by a program that has nothing to do with Distill.

    python Tools/reference/diabetes_draws.py Recipes/diabetes

Writes the data (scikit-learn's diabetes, 442 patients) and four chains of numpyro's No-U-Turn sampler as
CmdStan would write them. The posterior is that of every eighth patient (rows 0, 8, 16, …: 56 of them), so
that parameters stay uncertain; the other 386 are held out. Inputs and outcome are divided by their
standard deviations over those 56 after their means are taken away.

    y ~ student_t(nu, alpha + x beta, sigma)
    alpha, beta ~ N(0, 1);  sigma ~ half-N(0, 1);  nu ~ gamma(2, 0.1)

The shipped files were made with numpyro 0.22.0, JAX 0.10.2 and scikit-learn 1.9.1.
"""
import os
import sys

os.environ.setdefault("JAX_ENABLE_X64", "1")
import jax
import jax.numpy as jnp
import numpy as np
import numpyro
import numpyro.distributions as dist
from numpyro.infer import MCMC, NUTS
from sklearn.datasets import load_diabetes

CHAINS, WARM_UP, DRAWS = 4, 500, 500
folder = sys.argv[1]
data = load_diabetes(scaled=False)
x, y = data.data, data.target
names = data.feature_names
os.makedirs(folder, exist_ok=True)
with open(f"{folder}/diabetes.csv", "w") as file:
    file.write(",".join(names) + ",progression\n")
    for row, outcome in zip(x, y):
        file.write(",".join(f"{value:g}" for value in row) + f",{outcome:g}\n")

training = np.arange(len(y)) % 8 == 0
scale = lambda a: (a - a[training].mean(0)) / a[training].std(0)
x, y = scale(x)[training], scale(y)[training]


def model():
    alpha = numpyro.sample("alpha", dist.Normal(0, 1))
    beta = numpyro.sample("beta", dist.Normal(jnp.zeros(x.shape[1]), 1))
    sigma = numpyro.sample("sigma", dist.HalfNormal(1))
    nu = numpyro.sample("nu", dist.Gamma(2, 0.1))
    numpyro.sample("y", dist.StudentT(nu, alpha + x @ beta, sigma), obs=y)


fields = ("potential_energy", "accept_prob", "num_steps", "diverging", "energy")
sampler = MCMC(NUTS(model), num_warmup=WARM_UP, num_samples=DRAWS, num_chains=CHAINS,
               chain_method="sequential", progress_bar=False)
sampler.run(jax.random.PRNGKey(2026), extra_fields=fields)
draws = {k: np.asarray(v) for k, v in sampler.get_samples(group_by_chain=True).items()}
extra = {k: np.asarray(v) for k, v in sampler.get_extra_fields(group_by_chain=True).items()}
header = ["lp__", "accept_stat__", "n_leapfrog__", "divergent__", "energy__", "alpha"]
header += [f"beta.{j + 1}" for j in range(x.shape[1])] + ["sigma", "nu"]
for chain in range(CHAINS):
    with open(f"{folder}/draws-{chain + 1}.csv", "w") as file:
        file.write("# model = robust linear regression, by numpyro's NUTS\n")
        file.write(f"#     num_samples = {DRAWS}\n#     num_warmup = {WARM_UP}\n")
        file.write("#     save_warmup = 0 (Default)\n#     thin = 1 (Default)\n")
        file.write(",".join(header) + "\n")
        for i in range(DRAWS):
            e = {k: v[chain, i] for k, v in extra.items()}
            row = [-e["potential_energy"], e["accept_prob"], int(e["num_steps"]),
                   int(e["diverging"]), e["energy"], draws["alpha"][chain, i],
                   *draws["beta"][chain, i], draws["sigma"][chain, i], draws["nu"][chain, i]]
            file.write(",".join(f"{value:.6g}" for value in row) + "\n")
        file.write("#  Elapsed Time: 0 seconds (Warm-up)\n")
sampler.print_summary()
