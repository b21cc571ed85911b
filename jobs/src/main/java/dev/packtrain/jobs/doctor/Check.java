package dev.packtrain.jobs.doctor;

/** One thing that has to be right. */
interface Check {
    /** A word or two: what is looked at. */
    String what();

    /**
     * Looks.
     *
     * @throws Exception what went wrong; it counts as a failed check
     */
    Finding run() throws Exception;
}
