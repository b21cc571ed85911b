/**
 * The recipe: what a person asks a job to do, in the argument names of PaddleNLP and Hugging Face.
 *
 * <p>What enters: a flat JSON object and {@code --key value} pairs. What leaves: checked
 * {@link dev.packtrain.jobs.recipe.Settings} for one command, and the option records of the modules that do the work.
 */
package dev.packtrain.jobs.recipe;
