/**
 * What a run would take, without running it: memory by kind, bytes sent, time of a step, and the smallest mesh that fits.
 *
 * <p>What enters: an architecture, a recipe's options, a number of GPUs and assumptions about them. What leaves: a {@link
 * dev.packtrain.jobs.plan.TrainingPlan}, as text and as JSON. Every formula names its source; nothing here needs data, a
 * cluster or a GPU.
 */
package dev.packtrain.jobs.plan;
