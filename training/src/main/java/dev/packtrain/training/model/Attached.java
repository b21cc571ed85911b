package dev.packtrain.training.model;

import java.util.List;

/**
 * What a method of fine-tuning adds to a model at one place.
 *
 * @param what it does
 * @param parameters of it, which belong to the part of the model that the place is in
 */
public record Attached<T>(T what, List<Parameter> parameters) {
    public Attached {
        parameters = List.copyOf(parameters);
    }
}
