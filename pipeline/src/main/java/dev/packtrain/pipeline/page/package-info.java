/**
 * The report as a page.
 *
 * <p>What enters: a {@link dev.packtrain.pipeline.PrepareReport} and a few packs of the data set. What leaves: one HTML
 * text that needs nothing else, neither a script nor a connection.
 */
package dev.packtrain.pipeline.page;
