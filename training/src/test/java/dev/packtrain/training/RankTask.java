package dev.packtrain.training;

import com.fasterxml.jackson.databind.JsonNode;

/** What the ranks of a case in a {@link MeshLab} do, each in its process. A class with a constructor without arguments. */
public interface RankTask {
    /**
     * Does it.
     *
     * @param site this rank
     * @param argument what the test gave, as JSON
     * @return what the test gets of this rank: anything that Jackson writes, or null
     */
    Object run(RankSite site, JsonNode argument) throws Exception;
}
