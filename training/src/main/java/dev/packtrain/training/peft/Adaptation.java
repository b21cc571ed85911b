package dev.packtrain.training.peft;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.packtrain.training.engine.Intervention;
import dev.packtrain.training.engine.Segment;
import dev.packtrain.training.model.Attached;
import dev.packtrain.training.model.InputHook;
import dev.packtrain.training.model.InputSite;
import dev.packtrain.training.model.Linear;
import dev.packtrain.training.model.Parameter;
import dev.packtrain.training.model.UpdateRule;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import org.bytedeco.pytorch.Tensor;

/** A {@link PeftMethod} with its settings: what it does to a model. Immutable. */
public interface Adaptation {
    /** The method's name, such as {@code lora}. */
    String method();

    /** Which linears get adapters. */
    TargetModules targets();

    /** Whether a parameter of the base is trained too; the others are frozen. */
    default boolean trains(String parameter) {
        return false;
    }

    /**
     * Puts an adapter around a linear. Called once for every target, in the model's order, on every rank; {@code base} is
     * frozen but for what {@link #trains} says.
     *
     * @param module such as {@code model.layers.0.self_attn.q_proj}
     * @param base this rank's part of it
     * @param tensors makes the adapter's parameters
     */
    Linear adapt(String module, Linear base, AdapterTensors tensors);

    /**
     * Elements of the parameters that {@link #adapt} would make on this rank for a target of this shape, for a plan that builds
     * no model. Empty where a method does not say: then it is not planned.
     */
    default OptionalLong numTrainedElements(LinearShape part) {
        return OptionalLong.empty();
    }

    /**
     * Elements of all parameters that it would make on one rank in one part of a model, for a plan that builds none.
     *
     * @param part 0: where tokens enter; from 1 on: blocks
     * @return empty where {@link #numTrainedElements(LinearShape)} is for a target
     * @throws dev.packtrain.packing.BadInputException if the model has no place for it
     */
    default OptionalLong numTrainedElements(RankShape rank, int part) {
        if (part == 0) {
            return OptionalLong.of(0);
        }
        List<OptionalLong> ofTargets = rank.linears(part - 1)
                .filter(linear -> targets().matches(linear.module()))
                .map(this::numTrainedElements)
                .toList();
        return ofTargets.stream().allMatch(OptionalLong::isPresent)
                ? OptionalLong.of(
                        ofTargets.stream().mapToLong(OptionalLong::getAsLong).sum())
                : OptionalLong.empty();
    }

    /** Rows that every document of a pack has more: {@link InputHook#numVirtualTokens}. */
    default int numVirtualTokens() {
        return 0;
    }

    /** Tokens without rows that every document sees: {@link InputHook#numPrefixTokens}. */
    default int numPrefixTokens() {
        return 0;
    }

    /**
     * Elements, in the dtype of the stream, that a rank keeps for it from the forward pass to the backward pass in one part.
     *
     * @param part as in {@link #numTrainedElements(RankShape, int)}
     * @param rows of the stream on this rank
     * @param documents in the pack
     */
    default long numKeptElements(RankShape rank, int part, long rows, long documents) {
        return 0;
    }

    /** What it puts behind half a block: {@link dev.packtrain.training.model.Layers#adapter}. */
    default Optional<Attached<Segment>> adapter(String module, Parameter norm, AdapterTensors tensors) {
        return Optional.empty();
    }

    /** What it puts behind a block: {@link dev.packtrain.training.model.Layers#intervention}. */
    default Optional<Attached<Intervention>> intervention(String module, Parameter norm, AdapterTensors tensors) {
        return Optional.empty();
    }

    /** What it does where tokens enter: {@link dev.packtrain.training.model.Layers#input}. Called last. */
    default Optional<InputHook> input(InputSite site, AdapterTensors tensors) {
        return Optional.empty();
    }

    /**
     * What an adapter's file holds beside the parameters, because PEFT wants it.
     *
     * @param whole all parameters by name, whole, in host memory
     * @return owned by the current scope
     */
    default Map<String, Tensor> derived(Map<String, Tensor> whole) {
        return Map.of();
    }

    /**
     * This, to merge into a base; another one where something depends on all targets together.
     *
     * @param shapes of the weights of all targets
     */
    default Adaptation on(List<long[]> shapes) {
        return this;
    }

    /** Why an adapter cannot become part of the base's weights; empty if it can. */
    Optional<String> whyNotMergeable();

    /**
     * The weight that gives with plain layers what the adapter gives.
     *
     * @param module a target
     * @param weightOI of the base, fp32
     * @param adapter whole tensors of the adapter by what follows the module's name, such as {@code lora_A.weight}, fp32; and
     *     tensors of no module by their full name, {@code base_model.…}
     * @return fp32
     */
    Tensor merged(String module, Tensor weightOI, Function<String, Tensor> adapter);

    /**
     * The bias that goes with {@link #merged}; the same but for a method that changes it.
     *
     * @param biasO of the base, fp32
     * @param adapter as in {@link #merged}
     */
    default Tensor mergedBias(String module, Tensor biasO, Function<String, Tensor> adapter) {
        return biasO;
    }

    /**
     * Why a base whose tensors were all asked for has no place for what is left of the adapter; empty if nothing special can
     * be said of it.
     *
     * @param unread names of tensors that neither {@link #merged} nor {@link #mergedBias} has asked for
     */
    default Optional<String> whyNotMerged(List<String> unread) {
        return Optional.empty();
    }

    /** What {@link #updateRule} will want kept beside every trained element. */
    default Set<UpdateRule.Statistic> statistics() {
        return Set.of();
    }

    /** What is done around every update of the optimizer; called when all targets are adapted. */
    default UpdateRule updateRule(AdapterTensors tensors) {
        return UpdateRule.NONE;
    }

    /**
     * What an adapter directory describes of this, where that is another method: one that needs nothing but the base.
     *
     * @param saved as {@link #saved} gives it
     * @param tensors what made them
     */
    default Adaptation asSaved(Map<String, Tensor> saved, AdapterTensors tensors) {
        return this;
    }

    /**
     * The tensors of {@link #asSaved}, under PEFT's names without their prefix.
     *
     * @param tensors all that {@link AdapterTensors} made, whole, in order; may be changed
     */
    default Map<String, Tensor> saved(Map<String, Tensor> tensors) {
        return tensors;
    }

    /**
     * PEFT's adapter_config.json, without what does not depend on the method; {@code peft_type} only where it is not that of
     * the {@link PeftMethod}.
     *
     * @param modules all targets of the model
     * @param all all linears of the model
     */
    ObjectNode config(List<String> modules, List<String> all);
}
