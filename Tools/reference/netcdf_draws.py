"""Draws in NetCDF as ArviZ writes them, and with other axes, with what is in them as JSON.

    python Tools/reference/netcdf_draws.py

Made with arviz 0.23 and netCDF4 1.7; seeds are fixed. `draws.nc.gz` is what `to_netcdf` writes, packed to be
small here; `packed.nc.gz` has axes in another order and integers with a scale and a missing value.
"""

import gzip
import json
import pathlib
import tempfile

import arviz
import netCDF4
import numpy as np

HERE = pathlib.Path(__file__).resolve().parents[2] / "Tests" / "ExchangeTests" / "Fixtures"


def keep(path, name):
    (HERE / name).write_bytes(gzip.compress(path.read_bytes(), mtime=0))


def inference():
    rng = np.random.default_rng(11)
    posterior = {"alpha": rng.normal(size=(2, 5)), "beta": rng.normal(size=(2, 5, 3)),
                 "count": rng.integers(0, 9, size=(2, 5)),
                 "tau": rng.normal(size=(2, 5, 2, 2)).astype("f4")}
    diverging = np.zeros((2, 5), bool)
    diverging[1, 2] = True
    predicted = {"y": rng.normal(size=(2, 5, 4)), "alpha": rng.normal(size=(2, 5))}
    data = arviz.from_dict(
        posterior=posterior, posterior_predictive=predicted,
        sample_stats={"diverging": diverging, "lp": rng.normal(size=(2, 5))},
        observed_data={"y": np.arange(4.0)},
        warmup_posterior={name: values + 100 for name, values in posterior.items()}, save_warmup=True,
        coords={"school": ["a", "b", "c"]}, dims={"beta": ["school"]})
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "draws.nc"
        data.to_netcdf(str(path), engine="netcdf4", compress=False)
        keep(path, "draws.nc.gz")
    expected = posterior | {"y": predicted["y"], "posterior_predictive/alpha": predicted["alpha"]}
    return {name: values.reshape(2, 5, -1).tolist() for name, values in expected.items()}


def packed():
    raw = np.random.default_rng(12).integers(-99, 99, size=(3, 5, 2))
    raw[1, 4, 0] = -999
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "packed.nc"
        with netCDF4.Dataset(str(path), "w") as file:
            for name, length in (("column", 3), ("draw", 5), ("chain", 2)):
                file.createDimension(name, length)
            file.createVariable("draw", "i4", ("draw",))[:] = range(5)
            mu = file.createVariable("mu", "i2", ("column", "draw", "chain"), fill_value=-999)
            mu.set_auto_maskandscale(False)
            mu[:] = raw
            mu.scale_factor, mu.add_offset = 0.5, 10.0
        keep(path, "packed.nc.gz")
    values = np.where(raw == -999, np.inf, raw * 0.5 + 10)
    # Infinity stands for what is missing, which JSON has not.
    values = np.transpose(values, (2, 1, 0))
    return {"mu": [[[None if np.isinf(v) else v for v in row] for row in chain] for chain in values.tolist()]}


if __name__ == "__main__":
    HERE.mkdir(exist_ok=True)
    (HERE / "netcdf.json").write_text(json.dumps({"draws": inference(), "packed": packed()}) + "\n")
