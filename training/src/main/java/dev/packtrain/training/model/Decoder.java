package dev.packtrain.training.model;

import dev.packtrain.kernels.FlashMask;
import dev.packtrain.packing.PackedSequence;
import dev.packtrain.packing.TokenizedExample;
import dev.packtrain.training.attention.LayerAttentions;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.Kept;
import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.engine.CutEngine;
import dev.packtrain.training.engine.GradientMode;
import dev.packtrain.training.engine.PartGuard;
import dev.packtrain.training.engine.Trace;
import dev.packtrain.training.fused.RotaryTables;
import dev.packtrain.training.loss.LabelPositions;
import dev.packtrain.training.loss.LinearCrossEntropy;
import dev.packtrain.training.loss.VocabularyCut;
import dev.packtrain.training.metrics.StepClock;
import dev.packtrain.training.metrics.StepPart;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A decoder of any {@link ModelFamily}: RMSNorm, rotary positions, grouped-query attention, SwiGLU, tied or untied head.
 *
 * <p>Shape letters: T tokens without padding, E hidden width, V vocabulary.
 */
public final class Decoder implements CausalLM {
    private final DecoderConfig config;
    private final CutEngine engine;
    private final Optional<DeferredWeights> deferred;
    private final Kept kept;
    private final ModelInput input;
    private final List<PreNormBlock> blocks;
    private final ModelOutput output;
    private final int lowestPart;
    private final GuardedPasses passes;

    /**
     * Puts a model together.
     *
     * @param layers gives the layers
     * @param engine runs the blocks
     * @param vocabulary how ranks share embedding and head; empty if {@code layers} gives whole ones
     * @param noise what happens where tokens enter beside what {@code layers} says
     * @param deferred gives the weights later; empty if they are there
     * @param kept owner of the weights, closed with the model
     */
    Decoder(
            DecoderConfig config,
            Layers layers,
            CutEngine engine,
            Optional<VocabularyCut> vocabulary,
            Optional<InputHook> noise,
            Optional<DeferredWeights> deferred,
            Kept kept) {
        this.config = config;
        this.engine = engine;
        this.deferred = deferred;
        this.kept = kept;
        Embedding embedding = layers.embedding("model.embed_tokens", config.vocabSize(), config.hiddenSize());
        blocks = IntStream.range(0, config.numHiddenLayers())
                .mapToObj(i -> new PreNormBlock(config, i, layers))
                .toList();
        RmsNorm norm = layers.norm("model.norm", config.hiddenSize(), config.rmsNormEps());
        boolean isTied = config.tieWordEmbeddings();
        Parameter head = isTied ? embedding.weight() : layers.head("lm_head", config.hiddenSize(), config.vocabSize());
        output = ModelOutput.of(norm, engine.ops(), head, isTied, vocabulary);
        PreNormBlock first = blocks.get(0);
        Optional<InputHook> learnt = layers.input(new InputSite(config, embedding, first.keys(), first.norm()));
        input = new ModelInput(
                config,
                embedding,
                Stream.concat(learnt.stream(), noise.stream()).toList());
        lowestPart = lowestTrained(parts());
        passes = new GuardedPasses(engine, blocks.size(), isTied, lowestPart);
    }

    private static int lowestTrained(List<List<Parameter>> parts) {
        return IntStream.range(0, parts.size())
                .filter(part -> parts.get(part).stream().anyMatch(Parameter::isTrained))
                .findFirst()
                .orElse(0);
    }

    /** A whole model with fresh weights, as {@link DecoderBuilder#fromScratch}. */
    public static Decoder fromScratch(DecoderConfig config, long seed, ScalarType dtype, ComputeDevice device) {
        return new DecoderBuilder(config).dtype(dtype).device(device).fromScratch(seed);
    }

    /** The whole model of a Hugging Face directory, as {@link DecoderBuilder#load}. */
    public static Decoder load(Path hfDir, ScalarType dtype, ComputeDevice device) {
        return new DecoderBuilder(DecoderConfig.read(hfDir, Map.of()))
                .dtype(dtype)
                .device(device)
                .load(hfDir);
    }

    /** The architecture. */
    public DecoderConfig config() {
        return config;
    }

    /** Dtype of weights and activations. */
    public ScalarType dtype() {
        return weight().scalar_type().intern();
    }

    private Tensor weight() {
        return input.embedding().weight().tensor();
    }

    /** Rows that every document has before its own tokens. */
    public int numVirtualTokens() {
        return input.numVirtualTokens();
    }

    /** Keys and values that every document has before its own, without rows. */
    public int numPrefixTokens() {
        return input.numPrefixTokens();
    }

    /**
     * Gets the attention kernel ready for all layers; the caller closes it.
     *
     * @param masks the mask of a window, as in {@link AttentionConfig#windows()}
     */
    public LayerAttentions prepareAttention(IntFunction<FlashMask> masks) {
        double scale = 1 / Math.sqrt((double) config.headDim());
        List<Integer> windows = config.attention().windows();
        return numPrefixTokens() == 0
                ? LayerAttentions.prepare(engine.attention(), windows, masks, scale)
                : LayerAttentions.prepare(engine.attention(), windows, masks, scale, numPrefixTokens(), input::prefix);
    }

    @Override
    public List<List<Parameter>> parts() {
        List<List<Parameter>> parts = new ArrayList<>();
        parts.add(input.parameters());
        blocks.forEach(block -> parts.add(block.parameters()));
        parts.add(output.parameters());
        return parts;
    }

    @Override
    public void fillPart(int part) {
        deferred.ifPresent(weights -> parts().get(part).forEach(weights::fill));
    }

    @Override
    public void guard(PartGuard guard) {
        engine.guard(guard);
    }

    @Override
    public void skip() {
        passes.skip();
    }

    @Override
    public LossSum forwardBackward(PackedSequence pack, double gradScale, StepClock clock) {
        PackInput in = input.of(pack);
        LabelPositions labels = LabelPositions.of(in.pack());
        if (labels.count() == 0) {
            passes.skip();
            return LossSum.ZERO;
        }
        double sum = passes.pass(
                () -> GradientMode.off(() -> TensorScope.value(() -> forwardBackward(in, labels, gradScale, clock))));
        clock.lap(StepPart.EMBEDDING);
        return new LossSum(sum, labels.count());
    }

    private double forwardBackward(PackInput in, LabelPositions labels, double gradScale, StepClock clock) {
        Tensor hTE = passes.embed(() -> input.forward(in));
        RotaryTables tables = tables(in.positionIds(), in.documents());
        try (LayerAttentions attention = prepareAttention(in::mask)) {
            clock.lap(StepPart.EMBEDDING);
            try (Trace trace = engine.record(blocks, output.norm().scale(), hTE, tables, attention, lowestPart)) {
                clock.lap(StepPart.BLOCKS_FORWARD);
                LinearCrossEntropy.Result result =
                        passes.loss(() -> output.forwardBackward(trace.hidden(), labels, gradScale));
                clock.lap(StepPart.LOSS);
                Optional<Tensor> gradTE = trace.backward(result.gradTE());
                clock.lap(StepPart.BLOCKS_BACKWARD);
                passes.embedBackward(() -> input.backward(in, gradTE.orElseThrow()));
                return result.sum();
            }
        }
    }

    @Override
    public void skipEvaluation() {
        passes.skipForward();
    }

    @Override
    public LossSum evaluate(PackedSequence pack) {
        PackInput in = input.of(pack);
        LabelPositions labels = LabelPositions.of(in.pack());
        if (labels.count() == 0) {
            passes.skipForward();
            return LossSum.ZERO;
        }
        double sum = passes.pass(() -> GradientMode.off(() -> TensorScope.value(() -> {
            Tensor hTE = lastStream(in);
            return passes.head(() -> output.loss(hTE, labels));
        })));
        return new LossSum(sum, labels.count());
    }

    /** Logits of every token of a pack, {@code [T, V]} in the model's dtype, owned by the current scope; none of virtual ones. */
    public Tensor logits(PackedSequence pack) {
        PackInput in = input.of(pack);
        return passes.pass(() -> GradientMode.off(() -> TensorScope.one(() -> {
            Tensor hTE = lastStream(in);
            Tensor dataTE = in.numVirtual() == 0
                    ? hTE
                    : hTE.index_select(0, TensorFactory.like(hTE).ints(in.dataRows()));
            return passes.head(() -> output.logits(dataTE));
        })));
    }

    /**
     * Logits that predict the token after {@code inputIds}, {@code [V]} in fp32, owned by the current scope.
     *
     * @param inputIds the first tokens of the sequence, or the one after those that the last call had; virtual tokens
     *     are put before them here
     * @param firstPosition 0, or as many tokens as there were before
     * @param length the most positions that the whole sequence may come to take, the same in all calls for it: with dynamic
     *     rotary scaling all of its tokens turn as in a document of that length
     * @param attend attention, with whatever came before
     */
    public Tensor nextLogits(int[] inputIds, int firstPosition, int length, CutEngine.LayerAttention attend) {
        int before = numVirtualTokens() + numPrefixTokens();
        int numRows = inputIds.length + (firstPosition == 0 ? numVirtualTokens() : 0);
        int end = before + firstPosition + inputIds.length;
        int[] positionIds = IntStream.range(end - numRows, end).toArray();
        List<Rotary.Span> sequence = List.of(new Rotary.Span(0, numRows, length + before));
        return passes.pass(() -> GradientMode.off(() -> TensorScope.one(() -> {
            Tensor embeddedTE = passes.embed(
                    () -> firstPosition == 0 ? input.forward(input.of(alone(inputIds))) : input.forward(inputIds));
            Tensor hTE = engine.infer(blocks, embeddedTE, tables(positionIds, sequence), attend);
            return passes.head(() ->
                    output.logits(hTE.narrow(0, numRows - 1L, 1)).squeeze(0).to(ScalarType.Float));
        })));
    }

    /** A document without labels. */
    private static PackedSequence alone(int[] inputIds) {
        int[] labels = new int[inputIds.length];
        Arrays.fill(labels, TokenizedExample.IGNORE_INDEX);
        int[] positionIds = IntStream.range(0, inputIds.length).toArray();
        return new PackedSequence(inputIds, labels, positionIds, new int[] {0, inputIds.length}, new long[1]);
    }

    private Tensor lastStream(PackInput in) {
        Tensor hTE = passes.embed(() -> input.forward(in));
        try (LayerAttentions attention = prepareAttention(in::mask)) {
            CutEngine.LayerAttention attend =
                    (layer, q, k, v) -> attention.of(layer).forward(q, k, v).oTHD();
            return engine.infer(blocks, hTE, tables(in.positionIds(), in.documents()), attend);
        }
    }

    private RotaryTables tables(int[] positionIds, List<Rotary.Span> documents) {
        return new Rotary(config.headDim(), config.rope())
                .tables(positionIds, documents, dtype(), TensorFactory.like(weight()));
    }

    @Override
    public void close() {
        deferred.ifPresent(DeferredWeights::close);
        kept.close();
    }
}
