package dev.packtrain.training.model;

import dev.packtrain.training.engine.DecoderBlock;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** One block. The number of heads is whatever the linears of this rank give. */
final class LlamaBlock implements DecoderBlock {
    private final Rotary rotary;
    private final Linear query;
    private final Linear key;
    private final Linear value;
    private final Linear output;
    private final Linear gate;
    private final Linear up;
    private final Linear down;
    private final RmsNorm inputNorm;
    private final RmsNorm postAttentionNorm;

    LlamaBlock(LlamaConfig config, int index, Layers layers) {
        String prefix = "model.layers." + index + ".";
        int hidden = config.hiddenSize();
        int numQuery = config.numAttentionHeads() * config.headDim();
        int numKeyValue = config.numKeyValueHeads() * config.headDim();
        rotary = new Rotary(config.headDim(), config.ropeTheta());
        query = layers.linear(prefix + "self_attn.q_proj", hidden, numQuery);
        key = layers.linear(prefix + "self_attn.k_proj", hidden, numKeyValue);
        value = layers.linear(prefix + "self_attn.v_proj", hidden, numKeyValue);
        output = layers.linear(prefix + "self_attn.o_proj", numQuery, hidden);
        gate = layers.linear(prefix + "mlp.gate_proj", hidden, config.intermediateSize());
        up = layers.linear(prefix + "mlp.up_proj", hidden, config.intermediateSize());
        down = layers.linear(prefix + "mlp.down_proj", config.intermediateSize(), hidden);
        inputNorm = layers.norm(prefix + "input_layernorm", hidden, config.rmsNormEps());
        postAttentionNorm = layers.norm(prefix + "post_attention_layernorm", hidden, config.rmsNormEps());
    }

    @Override
    public Tensor[] attentionInput(Tensor hTE, Tensor[] tables) {
        Tensor x = inputNorm.apply(hTE);
        return new Tensor[] {
            rotary.apply(heads(query.apply(x)), tables),
            rotary.apply(heads(key.apply(x)), tables),
            heads(value.apply(x))
        };
    }

    private Tensor heads(Tensor xTO) {
        return xTO.view(xTO.size(0), xTO.size(1) / rotary.headDim(), rotary.headDim());
    }

    @Override
    public Tensor attentionOutput(Tensor oTHD) {
        return output.apply(oTHD.reshape(oTHD.size(0), oTHD.size(1) * oTHD.size(2)));
    }

    @Override
    public Tensor feedForward(Tensor hTE) {
        Tensor x = postAttentionNorm.apply(hTE);
        return down.apply(torch.silu(gate.apply(x)).mul(up.apply(x)));
    }

    List<Parameter> parameters() {
        List<Parameter> parameters = new ArrayList<>();
        for (Linear linear : List.of(query, key, value, output, gate, up, down)) {
            parameters.addAll(linear.parameters());
        }
        parameters.add(inputNorm.weight());
        parameters.add(postAttentionNorm.weight());
        return parameters;
    }
}
