package dev.packtrain.training.peft;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.packtrain.training.engine.Intervention;
import dev.packtrain.training.engine.Segment;
import dev.packtrain.training.model.Attached;
import dev.packtrain.training.model.InputHook;
import dev.packtrain.training.model.InputSite;
import dev.packtrain.training.model.Linear;
import dev.packtrain.training.model.Parameter;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
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
     * no model. A method whose count does not follow from the shape, or that trains anything else ({@link #trains}), says
     * nothing: then it is not planned.
     */
    default OptionalLong numTrainedElements(LinearShape part) {
        return OptionalLong.empty();
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

    /** Why an adapter cannot become part of the base's weights; empty if it can. */
    Optional<String> whyNotMergeable();

    /**
     * The weight that gives with plain layers what the adapter gives.
     *
     * @param module a target
     * @param weightOI of the base, fp32
     * @param adapter whole tensors of the adapter by what follows the module's name, such as {@code lora_A.weight}, fp32
     * @return fp32
     */
    Tensor merged(String module, Tensor weightOI, Function<String, Tensor> adapter);

    /**
     * PEFT's adapter_config.json, without {@code peft_type} and what does not depend on the method.
     *
     * @param modules all targets of the model
     * @param all all linears of the model
     */
    ObjectNode config(List<String> modules, List<String> all);
}
