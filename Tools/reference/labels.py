"""Labels of classes as NumPy writes them: text, bytes, one-hot rows; and pixels with opacity.

    python Tools/reference/labels.py

Writes into Tests/ExchangeTests/Fixtures.
"""

from pathlib import Path

import numpy as np

folder = Path(__file__).parents[2] / "Tests/ExchangeTests/Fixtures"
names = ["low", "high", "mid", "low", "höher", "mid"]
places = np.array([0, 2, 1, 0, 2, 1])
np.savez(
    folder / "labels.npz",
    x=np.arange(12.0).reshape(6, 2),
    wide=np.array(names),
    big=np.array(names, dtype=">U8"),
    narrow=np.array([name.encode() for name in names]),
    column=np.array(names).reshape(6, 1),
    matrix=np.array(names).reshape(2, 3),
    onehot=np.eye(3)[places],
    bits=np.eye(4, dtype=bool)[places],
    soft=np.full((6, 3), 1 / 3),
)
np.save(folder / "labels.npy", np.array(names))
np.save(folder / "opacity.npy", np.arange(6 * 5 * 2 * 4, dtype=np.uint8).reshape(6, 5, 2, 4))
