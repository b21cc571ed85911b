package dev.packtrain.training.model;

import dev.packtrain.training.engine.DecoderBlock;
import dev.packtrain.training.engine.Intervention;
import dev.packtrain.training.engine.Segment;
import dev.packtrain.training.fused.NormScale;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** One block. The number of heads is whatever the linears of this rank give. */
final class PreNormBlock implements DecoderBlock {
    private final int headDim;
    private final RmsNorm inputNorm;
    private final RmsNorm postAttentionNorm;
    private final Linears projections;
    /** Of every head's query; empty in families without it. */
    private final Optional<RmsNorm> queryNorm;
    /** Of every head's key; empty in families without it. */
    private final Optional<RmsNorm> keyNorm;

    private final Linears output;
    private final Linears gateUp;
    private final Linears down;
    private final Optional<Attached<Segment>> attentionAdapter;
    private final Optional<Attached<Segment>> feedForwardAdapter;
    private final Optional<Attached<Intervention>> intervention;

    PreNormBlock(DecoderConfig config, int index, Layers layers) {
        String prefix = "model.layers." + index + ".";
        int hidden = config.hiddenSize();
        int intermediate = config.intermediateSize();
        headDim = config.headDim();
        int numQuery = config.numAttentionHeads() * headDim;
        int numKeyValue = config.numKeyValueHeads() * headDim;
        AttentionConfig.Bias bias = config.attention().bias();
        boolean inputBias = bias != AttentionConfig.Bias.NONE;
        projections = Linears.of(
                layers.linear(prefix + "self_attn.q_proj", hidden, numQuery, inputBias),
                layers.linear(prefix + "self_attn.k_proj", hidden, numKeyValue, inputBias),
                layers.linear(prefix + "self_attn.v_proj", hidden, numKeyValue, inputBias));
        queryNorm = headNorm(config, prefix + "self_attn.q_norm", layers);
        keyNorm = headNorm(config, prefix + "self_attn.k_norm", layers);
        output = Linears.of(
                layers.linear(prefix + "self_attn.o_proj", numQuery, hidden, bias == AttentionConfig.Bias.ALL));
        gateUp = Linears.of(
                layers.linear(prefix + "mlp.gate_proj", hidden, intermediate, false),
                layers.linear(prefix + "mlp.up_proj", hidden, intermediate, false));
        down = Linears.of(layers.linear(prefix + "mlp.down_proj", intermediate, hidden, false));
        inputNorm = layers.norm(prefix + "input_layernorm", hidden, config.rmsNormEps());
        postAttentionNorm = layers.norm(prefix + "post_attention_layernorm", hidden, config.rmsNormEps());
        attentionAdapter = layers.adapter(prefix + "self_attn", inputNorm.weight());
        feedForwardAdapter = layers.adapter(prefix + "mlp", postAttentionNorm.weight());
        intervention = layers.intervention("model.layers." + index, inputNorm.weight());
    }

    private static Optional<RmsNorm> headNorm(DecoderConfig config, String name, Layers layers) {
        return config.attention().queryKeyNorm()
                ? Optional.of(layers.norm(name, config.headDim(), config.rmsNormEps()))
                : Optional.empty();
    }

    @Override
    public NormScale attentionNorm() {
        return inputNorm.scale();
    }

    @Override
    public Segment projections() {
        return projections;
    }

    @Override
    public int headDim() {
        return headDim;
    }

    @Override
    public Optional<NormScale> queryNorm() {
        return queryNorm.map(RmsNorm::scale);
    }

    @Override
    public Optional<NormScale> keyNorm() {
        return keyNorm.map(RmsNorm::scale);
    }

    @Override
    public Segment attentionOutput() {
        return output;
    }

    @Override
    public NormScale feedForwardNorm() {
        return postAttentionNorm.scale();
    }

    @Override
    public Segment gateUp() {
        return gateUp;
    }

    @Override
    public Segment down() {
        return down;
    }

    @Override
    public Optional<Segment> attentionAdapter() {
        return attentionAdapter.map(Attached::what);
    }

    @Override
    public Optional<Segment> feedForwardAdapter() {
        return feedForwardAdapter.map(Attached::what);
    }

    @Override
    public Optional<Intervention> intervention() {
        return intervention.map(Attached::what);
    }

    /** Weight of the projection to keys. */
    Parameter keys() {
        return projections.linears().get(1).weight();
    }

    /** The norm before attention. */
    Parameter norm() {
        return inputNorm.weight();
    }

    List<Parameter> parameters() {
        List<Parameter> parameters = new ArrayList<>();
        for (Linears segment : List.of(projections, output, gateUp, down)) {
            segment.linears().forEach(linear -> parameters.addAll(linear.parameters()));
        }
        queryNorm.ifPresent(norm -> parameters.add(norm.weight()));
        keyNorm.ifPresent(norm -> parameters.add(norm.weight()));
        parameters.add(inputNorm.weight());
        parameters.add(postAttentionNorm.weight());
        attentionAdapter.ifPresent(adapter -> parameters.addAll(adapter.parameters()));
        feedForwardAdapter.ifPresent(adapter -> parameters.addAll(adapter.parameters()));
        intervention.ifPresent(there -> parameters.addAll(there.parameters()));
        return parameters;
    }
}
