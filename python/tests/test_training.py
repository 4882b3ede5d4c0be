"""A run is refused before anything of it is written, or stopped so that nothing half made is left."""

import os
import pathlib
import tempfile
import unittest

import numpy as np

from hebb_runtime import Options, UserError, train
from hebb_runtime.asked import checked


class Asked(unittest.TestCase):
    def test_wrongly_is_refused_before_anything_is_written(self):
        for wrong in (
            {"seed": -1},
            {"seed": 2**53},
            {"seed": 1.0},
            {"seed": True},
            {"steps": 0},
            {"steps": 10**9 + 1},
            {"steps": "4"},
            {"epochs": 0},
            {"epochs": float("nan")},
            {"epochs": 10**400},
            {"epochs": 1, "steps": 1},
            {"threads": 0},
            {"threads": 1025},
            {"device": -1, "provider": "cuda"},
            {"device": 1, "provider": "cpu"},
            {"tf32": "no"},
            {"tf32": True, "provider": "cpu"},
            {"device": 1},
            {"provider": "tpu"},
            {"checkpoint_every": 0},
            {"steps_per_run": 0.5},
            {"bundle": 3},
            {"command": "train"},
        ):
            with tempfile.TemporaryDirectory() as folder, self.subTest(wrong):
                given = {"out": os.path.join(folder, "run"), "bundle": "nowhere", "data": "nowhere", **wrong}
                with self.assertRaises(UserError) as raised:
                    train(Options(**given))
                self.assertEqual(raised.exception.kind, "OptionError")
                self.assertEqual(os.listdir(folder), [])

    def test_with_numbers_of_numpy_and_paths_is_as_with_plain_ones(self):
        given = {"seed": np.int64(3), "steps": np.uint8(4), "tf32": np.bool_(True), "out": pathlib.Path("run")}
        made = checked(Options(**given))
        self.assertEqual((made.seed, made.steps, made.tf32, made.out), (3, 4, True, "run"))
        self.assertEqual([type(each) for each in (made.seed, made.steps, made.tf32)], [int, int, bool])


if __name__ == "__main__":
    unittest.main()
