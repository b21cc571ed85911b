package dev.packtrain.training.peft;

import dev.packtrain.training.device.LeafGradient;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.engine.Recording;
import dev.packtrain.training.model.Parameter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.bytedeco.pytorch.Tensor;

/** What makes the numbers of virtual tokens, {@code [N, width]}, from what is trained. */
interface PromptEncoder {
    /** What the numbers are called in a file, however they were made. */
    String EMBEDDINGS = AdapterFile.PROMPT + "embeddings";

    /** What the names of an encoder's parameters begin with: PEFT's names, which it does not save. */
    String PREFIX = AdapterFile.PROMPT + "encoder.";

    /** What is trained. */
    List<Parameter> parameters();

    /** The numbers, new. */
    Tensor apply();

    /** Adds the gradients of the parameters. */
    void backward(Tensor gradNW);

    /** The numbers are what is trained. */
    record Plain(Parameter embeddings) implements PromptEncoder {
        @Override
        public List<Parameter> parameters() {
            return List.of(embeddings);
        }

        @Override
        public Tensor apply() {
            return embeddings.tensor().detach().clone();
        }

        @Override
        public void backward(Tensor gradNW) {
            LeafGradient.of(embeddings.tensor()).add_(gradNW);
        }
    }

    /**
     * A small network makes them; it runs again for its gradients, since its weights may not stay where they are in between.
     *
     * @param named its parameters by their names without {@link #PREFIX}
     * @param network ordinary ops, from tensors by these names
     */
    record Network(Map<String, Parameter> named, Function<Function<String, Tensor>, Tensor> network)
            implements PromptEncoder {
        @Override
        public List<Parameter> parameters() {
            return List.copyOf(named.values());
        }

        private Tensor run() {
            return network.apply(name -> named.get(name).tensor());
        }

        @Override
        public Tensor apply() {
            return TensorScope.one(this::run);
        }

        @Override
        public void backward(Tensor gradNW) {
            try (Recording again = Recording.of(none -> new Tensor[] {run()})) {
                again.backward(gradNW);
            }
        }

        /** What the network gives for whole tensors by full names. */
        static Tensor of(Function<Function<String, Tensor>, Tensor> network, Map<String, Tensor> whole) {
            Map<String, Tensor> detached = new LinkedHashMap<>();
            whole.forEach((name, tensor) -> detached.put(name, tensor.detach()));
            return TensorScope.one(() -> network.apply(name -> detached.get(PREFIX + name)));
        }
    }
}
