/** Training while processes are killed, stopped and cancelled. What must hold: one sentence, nobody left, resume works. */
package dev.packtrain.jobs.fault;
