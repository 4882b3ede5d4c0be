"""A run is refused before anything of it is written, or stopped so that nothing half made is left."""

import contextlib
import io
import os
import pathlib
import signal
import tempfile
import unittest
from unittest import mock

import numpy as np

from hebb_runtime import Options, UserError, train
from hebb_runtime.__main__ import main
from hebb_runtime.asked import checked
from hebb_runtime.stopping import Stopped, stopping


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
        given = {"seed": np.int64(3), "steps": np.uint8(4), "tf32": np.bool_(True), "out": pathlib.Path("run"), "provider": "cuda"}
        made = checked(Options(**given))
        self.assertEqual((made.seed, made.steps, made.tf32, made.out), (3, 4, True, "run"))
        self.assertEqual([type(each) for each in (made.seed, made.steps, made.tf32)], [int, int, bool])


class Signals(unittest.TestCase):
    def test_end_at_once_what_can_be_left(self):
        with stopping() as signals:
            signal.raise_signal(signal.SIGTERM)
            self.assertEqual(signals.first, signal.SIGTERM)
            with self.assertRaises(Stopped) as raised, signals.at_once():
                self.fail("it was to be left")
            self.assertEqual(raised.exception.signal, signal.SIGTERM)
        with stopping() as signals, self.assertRaises(Stopped), signals.at_once():
            signal.raise_signal(signal.SIGINT)
            self.fail("it was to be left")

    def test_before_the_run_is_there_leave_no_folder(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with tempfile.TemporaryDirectory() as folder, self.subTest(number):
                out = os.path.join(folder, "run")
                stop = lambda *_: signal.raise_signal(number)
                told = io.StringIO()
                with mock.patch("hebb_runtime.training.begun", stop), contextlib.redirect_stderr(told):
                    ended = main(["train", "bundle", "--data", "data", "--out", out])
                self.assertEqual(ended, 128 + number)
                self.assertIn("before the first step", told.getvalue())
                self.assertEqual(os.listdir(folder), [])


if __name__ == "__main__":
    unittest.main()
