/** What this process leaves behind, also where a signal ends it: nothing. */
package dev.packtrain.jobs.exit;
