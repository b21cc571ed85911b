package dev.packtrain.training.peft;

import dev.packtrain.training.model.Embedding;
import dev.packtrain.training.model.Layers;
import dev.packtrain.training.model.Linear;
import dev.packtrain.training.model.Parameter;
import dev.packtrain.training.model.RmsNorm;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Tensor;

/** The layers of one base, with the adapters of several {@link Adapters} around them, of which those of one are in use. */
final class SwitchedLayers implements Layers {
    private final Layers base;
    private final Offered offered = new Offered();
    private final List<AdaptedLayers> adapted;
    /** Number of the adapters in use; empty: none. */
    private Optional<Integer> chosen = Optional.empty();

    SwitchedLayers(Layers base, List<Adapters> adapters) {
        this.base = base;
        this.adapted = adapters.stream().map(each -> each.around(offered)).toList();
    }

    void choose(Optional<Integer> number) {
        chosen = number;
    }

    /** What the base has just made, for every set of adapters to put itself around. */
    private static final class Offered implements Layers {
        private Object layer;

        @Override
        public Linear linear(String name, int numIn, int numOut, boolean bias) {
            return (Linear) layer;
        }

        @Override
        public Embedding embedding(String name, int numRows, int width) {
            return (Embedding) layer;
        }

        @Override
        public RmsNorm norm(String name, int width, double eps) {
            return (RmsNorm) layer;
        }

        @Override
        public Parameter head(String name, int numIn, int numOut) {
            return (Parameter) layer;
        }
    }

    /** A linear with several adapters. */
    private record Switch(Linear base, List<Linear> adapted, Supplier<Optional<Integer>> chosen)
            implements DecoratedLinear {
        private Linear now() {
            return chosen.get().map(adapted::get).orElse(base);
        }

        @Override
        public Tensor apply(Tensor xTI) {
            return now().apply(xTI);
        }

        @Override
        public List<Parameter> parameters() {
            return base.parameters();
        }
    }

    @Override
    public Linear linear(String name, int numIn, int numOut, boolean bias) {
        Linear linear = base.linear(name, numIn, numOut, bias);
        return new Switch(linear, offer(linear, layers -> layers.linear(name, numIn, numOut, bias)), () -> chosen);
    }

    @Override
    public Embedding embedding(String name, int numRows, int width) {
        Embedding embedding = base.embedding(name, numRows, width);
        offer(embedding, layers -> layers.embedding(name, numRows, width));
        return embedding;
    }

    @Override
    public RmsNorm norm(String name, int width, double eps) {
        RmsNorm norm = base.norm(name, width, eps);
        offer(norm, layers -> layers.norm(name, width, eps));
        return norm;
    }

    @Override
    public Parameter head(String name, int numIn, int numOut) {
        Parameter head = base.head(name, numIn, numOut);
        offer(head, layers -> layers.head(name, numIn, numOut));
        return head;
    }

    private <T> List<T> offer(T layer, Function<Layers, T> ask) {
        offered.layer = layer;
        return adapted.stream().map(ask).toList();
    }
}
