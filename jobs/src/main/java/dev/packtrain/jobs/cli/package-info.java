/**
 * The command line: options made from the recipe's table of keys, help, exit statuses.
 *
 * <p>What enters: arguments. What leaves: a call of a job with checked settings, a few lines on the screen, an exit status.
 */
package dev.packtrain.jobs.cli;
