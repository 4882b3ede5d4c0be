"""Numbers are those of the specification, to the last bit."""

import unittest

import numpy as np

from hebb_runtime.draws import drawn
from hebb_runtime.elementary import cosine_of_half_turns, logarithm, whole_power
from hebb_runtime.epochs import batch_indices, set_aside
from hebb_runtime.errors import UserError
from hebb_runtime.loss_scales import adjust_scales, end_of_window
from hebb_runtime.rates import average_weight, learning_rate
from hebb_runtime.start import initialise, orthonormal
from hebb_runtime.streams import key, stream
from hebb_runtime.xoroshiro import Words

from .vectors import load, sha256

VECTORS = load("numbers.json")


class Streams(unittest.TestCase):
    def each(self):
        for known in VECTORS["streams"]:
            with self.subTest(known["key"]):
                yield known, lambda: stream(known["seed"], known["purpose"], known["step"])

    def test_begin_with_the_hash_of_their_key(self):
        for known, _ in self.each():
            self.assertEqual(key(known["seed"], known["purpose"], known["step"]), known["key"])

    def test_have_the_words_of_the_generator(self):
        for known, begin in self.each():
            self.assertEqual(begin()._words.take(8).tolist(), known["words"])
            self.assertEqual(sha256(begin()._words.take(100_000).astype("<u4")), known["wordsSha256"])

    def test_have_uniform_and_normal_numbers(self):
        for known, begin in self.each():
            self.assertEqual(begin().uniforms(4).tolist(), known["uniforms"])
            self.assertEqual(begin().doubles(4).tolist(), known["doubles"])
            self.assertEqual(begin().normals(5).tolist(), known["normals"])
            self.assertEqual(sha256(begin().normals(20_001)), known["normalsSha256"])

    def test_give_normal_numbers_bit_by_bit_as_all_at_once(self):
        for _, begin in self.each():
            random = begin()
            parts = [random.normals(count) for count in (1, 2, 0, 7, 300, 1)]
            self.assertEqual(np.concatenate(parts).tolist(), begin().normals(311).tolist())

    def test_have_integers_and_orders(self):
        for known, begin in self.each():
            for integers in known["integers"]:
                self.assertEqual(begin().integers(integers["below"], 6).tolist(), integers["values"])
            self.assertEqual(begin().shuffled(10).tolist(), known["shuffle"])
            self.assertEqual(sha256(begin().shuffled(100_000).astype("<u4")), known["shuffleSha256"])

    def test_pass_over_refused_words_in_a_shuffle(self):
        # Of three billion places nearly every third word is refused; of few, none ever is. So words are made up.
        def slow(words: list[int], count: int) -> list[int]:
            order, at = list(range(count)), 0
            for last in range(count - 1, 0, -1):
                below = last + 1
                most = 2**32 // below * below if below > 2 else 2**32
                while (words[at] ^ 0x80000000) >= most:
                    at += 1
                other = (words[at] ^ 0x80000000) % below
                at += 1
                order[last], order[other] = order[other], order[last]
            return order

        words = [0x7FFFFFFF, 5, 0x7FFFFFFF, 0x7FFFFFFE, 123456, 0x7FFFFFFF, 99, 0x80000007, *range(1, 40)]
        random = stream(0, "any")
        left = list(words)

        class Given:
            def take(self, count):
                taken, left[:] = left[:count], left[count:]
                return np.array(taken, np.uint32)

        random._words = Given()
        self.assertEqual(random.shuffled(12).tolist(), slow(words, 12))


class Lanes(unittest.TestCase):
    def test_give_the_words_of_the_plain_sequence(self):
        plain = Words(0x0123456789ABCDEF, 0xFEDCBA9876543210)
        expected = np.concatenate([plain.take(40) for _ in range(1000)])
        for sizes in ([40_000], [1, 49, 127, 128, 129, 5000, 16_384, 16_385], [39_999, 1]):
            words = Words(0x0123456789ABCDEF, 0xFEDCBA9876543210)
            made = np.concatenate([words.take(size) for size in sizes])
            self.assertTrue((made == expected[: len(made)]).all(), sizes)

    def test_give_the_same_words_however_many_are_taken_at_once(self):
        many = Words(1, 2).take(1_100_000)
        words = Words(1, 2)
        self.assertTrue((np.concatenate([words.take(110_000) for _ in range(10)]) == many).all())


class Steps(unittest.TestCase):
    def test_draws(self):
        for known in VECTORS["draws"]:
            made = drawn(known["draw"], known["seed"], known["step"])
            self.assertEqual(made.reshape(-1)[:16].tolist(), known["first"])
            self.assertEqual(sha256(made), known["sha256"])

    def test_negatives_of_one_image_are_refused(self):
        draw = {"kind": "negatives", "name": "n", "type": "int64", "shape": [1, 2], "images": 1}
        with self.assertRaisesRegex(UserError, "has no negatives"):
            drawn(draw, 0, 0)

    def test_images_of_a_step(self):
        for known in VECTORS["epochs"]:
            made = batch_indices(known["count"], known["batch"], known["seed"], known["step"])
            self.assertEqual(made.tolist(), known["indices"])

    def test_images_set_aside(self):
        for known in VECTORS["divisions"]:
            labels = None if known["labels"] is None else np.array(known["labels"])
            train, aside = set_aside(labels, known["count"], known["fraction"], known["seed"])
            self.assertEqual([train.tolist(), aside.tolist()], [known["train"], known["aside"]])

    def test_rates(self):
        for known in VECTORS["rates"]:
            made = [learning_rate(known["rate"], step, known["totalSteps"]) for step in range(32)]
            self.assertEqual(made, known["rates"])

    def test_weights_of_averages(self):
        for known in VECTORS["averages"]:
            made = [average_weight(known["average"], step, known["totalSteps"]) for step in range(12)]
            self.assertEqual(made, known["weights"])


class Starts(unittest.TestCase):
    def test_parameters(self):
        for known in VECTORS["starts"]:
            with self.subTest(known["parameter"]):
                made = initialise(known["parameter"], known["seed"])
                self.assertEqual(made.reshape(-1)[:16].tolist(), known["first"])
                self.assertEqual(sha256(made), known["sha256"])

    def test_orthonormal_vectors_add_one_term_after_the_other(self):
        def total(terms):
            quads = len(terms) // 4
            sums = [0.0] * 4
            for place, term in enumerate(terms):
                sums[place % 4 if place < 4 * quads else 0] += term
            return (sums[0] + sums[1]) + (sums[2] + sums[3])

        dot = lambda a, b: total([x * y for x, y in zip(a, b)])
        for count, length in ((1, 50), (2, 130), (3, 1001), (5, 7)):
            normal = stream(3, "any").normals(count * length).reshape(count, length).tolist()
            found = []
            for vector in normal:
                for projections in range(2):
                    for earlier in found:
                        part = dot(vector, earlier)
                        vector = [x - part * y for x, y in zip(vector, earlier)]
                    size = float(np.sqrt(dot(vector, vector)))
                    vector = [x / size for x in vector]
                found.append(vector)
            made = orthonormal(count, length, stream(3, "any"))
            self.assertEqual(made.tolist(), found, (count, length))

    def test_orthonormal_vectors_are_so(self):
        vectors = orthonormal(9, 14, stream(0, "any"))
        self.assertLess(np.abs(vectors @ vectors.T - np.eye(9)).max(), 1e-14)


class LossScales(unittest.TestCase):
    """Of mixed precision: adjusted where a window of steps is over."""

    scaling = {"every": 32, "growAfter": 64, "smallest": 2.0**-2, "largest": 2.0**17}

    def follow(self, count, is_skipped):
        """The scale after each step, where graphs count so."""
        block = {"layer": "a", "scale": "scale", "steps": "steps", "skipped": "skipped"}
        held = {"scale": np.float32(2**16), "steps": np.float32(0), "skipped": np.float32(0)}
        scales = []
        for step in range(1, count + 1):
            held["steps"] += np.float32(1)
            held["skipped"] += np.float32(is_skipped(step))
            adjust_scales({**self.scaling, "blocks": [block]}, held.__getitem__, held.__setitem__)
            scales.append(float(held["scale"]))
        return scales

    def test_change_at_the_ends_of_windows_the_first_of_which_are_short(self):
        ends = [step + 1 for step in range(130) if end_of_window(step, 32) == step + 1]
        self.assertEqual(ends, [1, 2, 4, 8, 16, 32, 64, 96, 128])

    def test_fall_where_steps_were_skipped_and_grow_after_many_that_were_not(self):
        scales = self.follow(200, lambda step: step == 40)
        self.assertEqual(
            [scales[at - 1] for at in (1, 63, 64, 127, 128, 192)], [2**16, 2**16, 2**15, 2**15, 2**16, 2**17]
        )
        self.assertEqual(self.follow(4, lambda step: True), [2**12, 2**8, 2**8, 2**4])

    def test_are_not_adjusted_by_what_is_no_count(self):
        block = {"layer": "a", "steps": "steps", "skipped": "skipped"}
        for steps, skipped in ((np.inf, 0), (np.nan, 0), (-1, 0), (1.5, 0), (2.0**25, 0), (1, np.nan)):
            held = {"steps": np.float32(steps), "skipped": np.float32(skipped)}
            with self.assertRaisesRegex(UserError, "counts steps"):
                adjust_scales({**self.scaling, "blocks": [block]}, held.__getitem__, held.__setitem__)

    def test_that_can_be_no_smaller_end_the_run(self):
        with self.assertRaisesRegex(UserError, "not finite in any of 32 steps"):
            self.follow(200, lambda step: True)


class Elementary(unittest.TestCase):
    def test_functions(self):
        known = VECTORS["elementary"]
        for x, y in known["logarithms"]:
            self.assertEqual(logarithm(np.array([x]))[0], y)
        for x, y in known["cosines"]:
            self.assertEqual(cosine_of_half_turns(x), y)
        for base, exponent, y in known["powers"]:
            self.assertEqual(whole_power(base, exponent), y)


if __name__ == "__main__":
    unittest.main()
