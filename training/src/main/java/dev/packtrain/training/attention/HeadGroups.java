package dev.packtrain.training.attention;

import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;

/** Grouped-query attention by repeating key/value heads, in the layout {@code [1, heads, N, D]} of libtorch's kernels. */
final class HeadGroups {
    private HeadGroups() {}

    /** The rows of one document, {@code [T, heads, D]} to {@code [1, heads, N, D]}, a view. */
    static Tensor document(Tensor xTHD, int begin, int end) {
        return xTHD.narrow(0, begin, (long) end - begin).unsqueeze(0).transpose(1, 2);
    }

    /** The inverse of {@link #document}: {@code [1, heads, N, D]} to {@code [N, heads, D]}, a view. */
    static Tensor rows(Tensor x1HND) {
        return x1HND.transpose(1, 2).squeeze(0);
    }

    /** Repeats every head {@code numHeads / G} times: {@code [1, G, N, D]} to {@code [1, H, N, D]}. */
    static Tensor repeat(Tensor x1GND, long numHeads) {
        long numGroups = x1GND.size(1);
        if (numGroups == numHeads) {
            return x1GND;
        }
        long n = x1GND.size(2);
        long d = x1GND.size(3);
        return x1GND.unsqueeze(2)
                .expand(1, numGroups, numHeads / numGroups, n, d)
                .reshape(1, numHeads, n, d);
    }

    /** The gradient of {@link #repeat}: {@code [1, H, N, D]} to {@code [1, G, N, D]}. */
    static Tensor sum(Tensor x1HND, long numGroups) {
        long numHeads = x1HND.size(1);
        if (numGroups == numHeads) {
            return x1HND;
        }
        return x1HND.reshape(1, numGroups, numHeads / numGroups, x1HND.size(2), x1HND.size(3))
                .sum(new long[] {2}, false, new ScalarTypeOptional());
    }
}
