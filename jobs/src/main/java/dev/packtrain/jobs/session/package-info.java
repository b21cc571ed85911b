/**
 * The Spark session that a command runs in, and where what it logs goes.
 *
 * <p>What enters: {@code --master} or what spark-submit set. What leaves: a session that suits a barrier stage.
 */
package dev.packtrain.jobs.session;
