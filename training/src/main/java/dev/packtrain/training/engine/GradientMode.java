package dev.packtrain.training.engine;

import java.util.function.Supplier;
import org.bytedeco.pytorch.GradMode;

/** Switches libtorch's recording on and off for a block of code on this thread. */
public final class GradientMode {
    private GradientMode() {}

    /** Runs {@code body} with recording on. */
    public static <T> T recording(Supplier<T> body) {
        return with(true, body);
    }

    /** Runs {@code body} with recording off. */
    public static <T> T off(Supplier<T> body) {
        return with(false, body);
    }

    private static <T> T with(boolean enabled, Supplier<T> body) {
        boolean before = GradMode.is_enabled();
        GradMode.set_enabled(enabled);
        try {
            return body.get();
        } finally {
            GradMode.set_enabled(before);
        }
    }
}
