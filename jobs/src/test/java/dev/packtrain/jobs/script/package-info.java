/** The {@code packtrain} shell script, on machines that lack something. */
package dev.packtrain.jobs.script;
