package dev.packtrain.training.model;

import dev.packtrain.packing.PackedSequence;
import dev.packtrain.training.attention.KeyValuePrefix;
import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.device.TensorScope;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;

/**
 * Where tokens enter a decoder: part 0.
 *
 * @param config of the decoder
 * @param embedding looks tokens up
 * @param hooks what else happens there, in order; none in plain models
 */
record ModelInput(DecoderConfig config, Embedding embedding, List<InputHook> hooks) {
    ModelInput {
        hooks = List.copyOf(hooks);
    }

    List<Parameter> parameters() {
        return Stream.concat(Stream.of(embedding.weight()), hooks.stream().flatMap(hook -> hook.parameters().stream()))
                .toList();
    }

    int numVirtualTokens() {
        return hooks.stream().mapToInt(InputHook::numVirtualTokens).sum();
    }

    int numPrefixTokens() {
        return hooks.stream().mapToInt(InputHook::numPrefixTokens).sum();
    }

    PackInput of(PackedSequence pack) {
        return PackInput.of(pack, config, numVirtualTokens(), numPrefixTokens());
    }

    /** This rank's part of the embedded tokens, {@code [T, E]}, to be added up. */
    Tensor forward(PackInput input) {
        Tensor hTE = embedding.forward(input.inputIds());
        boolean adds = embedding.weight().split().from() == 0;
        hooks.forEach(hook -> hook.begin(hTE, input, adds));
        return hTE;
    }

    /** The same for the next token of a sequence. */
    Tensor forward(int[] nextId) {
        hooks.forEach(InputHook::goOn);
        return embedding.forward(nextId);
    }

    Optional<KeyValuePrefix> prefix(int layer) {
        return hooks.stream().flatMap(hook -> hook.prefix(layer).stream()).findFirst();
    }

    void backward(PackInput input, Tensor gradTE) {
        if (embedding.weight().isTrained()) {
            TensorScope.run(() -> embeddingBackward(input, gradTE));
        }
        hooks.forEach(hook -> hook.backward(gradTE, input));
    }

    private void embeddingBackward(PackInput input, Tensor gradTE) {
        if (input.numVirtual() == 0) {
            embedding.backward(input.inputIds(), gradTE);
            return;
        }
        int[] rows = input.dataRows();
        int[] ids = Arrays.stream(rows).map(t -> input.inputIds()[t]).toArray();
        embedding.backward(
                ids, gradTE.index_select(0, TensorFactory.like(gradTE).ints(rows)));
    }
}
