package dev.packtrain.training.peft;

import dev.packtrain.training.engine.Intervention;
import dev.packtrain.training.engine.Segment;
import dev.packtrain.training.model.Attached;
import dev.packtrain.training.model.Embedding;
import dev.packtrain.training.model.InputHook;
import dev.packtrain.training.model.InputSite;
import dev.packtrain.training.model.Layers;
import dev.packtrain.training.model.Linear;
import dev.packtrain.training.model.Parameter;
import dev.packtrain.training.model.RmsNorm;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The layers of a base model, frozen, with adapters around those that are targets. */
final class AdaptedLayers implements Layers {
    private final Layers base;
    private final Adaptation adaptation;
    private final AdapterTensors tensors;
    private final List<String> linears = new ArrayList<>();
    private long numBaseElements;

    AdaptedLayers(Layers base, Adaptation adaptation, AdapterTensors tensors) {
        this.base = base;
        this.adaptation = adaptation;
        this.tensors = tensors;
    }

    /** Names of all linears that were asked for, in order. */
    List<String> linears() {
        return linears;
    }

    /** Elements of the whole base, whatever part of it is here. */
    long numBaseElements() {
        return numBaseElements;
    }

    @Override
    public Linear linear(String name, int numIn, int numOut, boolean bias) {
        Linear linear = base.linear(name, numIn, numOut, bias);
        linear.parameters().forEach(this::freeze);
        linears.add(name);
        return adaptation.targets().matches(name) ? adaptation.adapt(name, linear, tensors) : linear;
    }

    @Override
    public Embedding embedding(String name, int numRows, int width) {
        Embedding embedding = base.embedding(name, numRows, width);
        freeze(embedding.weight());
        return embedding;
    }

    @Override
    public RmsNorm norm(String name, int width, double eps) {
        RmsNorm norm = base.norm(name, width, eps);
        freeze(norm.weight());
        return norm;
    }

    @Override
    public Optional<Attached<Segment>> adapter(String module, Parameter norm) {
        return adaptation.adapter(module, norm, tensors);
    }

    @Override
    public Optional<Attached<Intervention>> intervention(String module, Parameter norm) {
        return adaptation.intervention(module, norm, tensors);
    }

    @Override
    public Optional<InputHook> input(InputSite site) {
        return adaptation.input(site, tensors);
    }

    @Override
    public Parameter head(String name, int numIn, int numOut) {
        return freeze(base.head(name, numIn, numOut));
    }

    private Parameter freeze(Parameter parameter) {
        numBaseElements += parameter.split().wholeElements();
        parameter.tensor().requires_grad_(adaptation.trains(parameter.name()));
        return parameter;
    }
}
