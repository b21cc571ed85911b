package dev.packtrain.training.peft;

import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.model.InputHook;
import dev.packtrain.training.model.PackInput;
import dev.packtrain.training.model.Parameter;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Embedded virtual tokens before every document, the same for all.
 *
 * @param encoder makes them, {@code [N, E]}
 * @param numVirtualTokens N
 */
record PromptHook(PromptEncoder encoder, int numVirtualTokens) implements InputHook {
    @Override
    public List<Parameter> parameters() {
        return encoder.parameters();
    }

    @Override
    public void begin(Tensor hTE, PackInput input, boolean adds) {
        TensorScope.run(() -> {
            Tensor rows = TensorFactory.like(hTE).ints(input.virtualRows());
            if (adds) {
                hTE.index_copy_(0, rows, encoder.apply().repeat(input.pack().numDocuments(), 1));
            } else {
                hTE.index_fill_(0, rows, new Scalar(0));
            }
        });
    }

    @Override
    public void backward(Tensor gradTE, PackInput input) {
        TensorScope.run(() -> {
            ScalarType dtype = gradTE.scalar_type().intern();
            ScalarType wide = dtype == ScalarType.Double ? dtype : ScalarType.Float;
            Tensor rows = TensorFactory.like(gradTE).ints(input.virtualRows());
            Tensor gradNE = gradTE.index_select(0, rows)
                    .view(input.pack().numDocuments(), numVirtualTokens, gradTE.size(1))
                    .sum(new long[] {0}, false, new ScalarTypeOptional(wide));
            encoder.backward(gradNE.to(dtype));
        });
    }
}
