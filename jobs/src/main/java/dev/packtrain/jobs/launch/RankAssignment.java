package dev.packtrain.jobs.launch;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Which task of a barrier stage becomes which rank. Spark numbers the tasks as it places them; here the tasks of a host
 * become consecutive ranks, so that a tensor group, which is consecutive ranks, stays on one host. Every task computes the
 * same from the same addresses.
 *
 * @param ranks by task
 * @param hosts by task
 * @param localRanks by task: number among those of its host
 */
record RankAssignment(List<Integer> ranks, List<String> hosts, List<Integer> localRanks) {
    RankAssignment {
        ranks = List.copyOf(ranks);
        hosts = List.copyOf(hosts);
        localRanks = List.copyOf(localRanks);
    }

    /**
     * Numbers the tasks, hosts in the order of their first tasks.
     *
     * @param addresses of the tasks' executors, {@code host:port}
     */
    static RankAssignment of(List<String> addresses) {
        Map<String, List<Integer>> tasksOfHost = new LinkedHashMap<>();
        for (int task = 0; task < addresses.size(); task++) {
            tasksOfHost
                    .computeIfAbsent(host(addresses.get(task)), host -> new ArrayList<>())
                    .add(task);
        }
        List<Integer> ranks = new ArrayList<>(Collections.nCopies(addresses.size(), 0));
        List<Integer> localRanks = new ArrayList<>(ranks);
        int rank = 0;
        for (List<Integer> tasks : tasksOfHost.values()) {
            for (int local = 0; local < tasks.size(); local++) {
                ranks.set(tasks.get(local), rank++);
                localRanks.set(tasks.get(local), local);
            }
        }
        return new RankAssignment(
                ranks, addresses.stream().map(RankAssignment::host).toList(), localRanks);
    }

    /**
     * Looks whether every tensor group is on one host.
     *
     * @param tensorDegree ranks of a group, consecutive
     * @throws RankFailedException as the user's mistake, with what would work
     */
    void requireGroupsOnOneHost(int tensorDegree) {
        Map<String, Long> ranksOnHost =
                hosts.stream().collect(Collectors.groupingBy(host -> host, LinkedHashMap::new, Collectors.counting()));
        Map<String, Long> odd = new LinkedHashMap<>(ranksOnHost);
        odd.values().removeIf(count -> count % tensorDegree == 0);
        if (odd.isEmpty()) {
            return;
        }
        String placed = ranksOnHost.entrySet().stream()
                .map(each -> "%s has %d".formatted(each.getKey(), each.getValue()))
                .collect(Collectors.joining(", "));
        String fitting = IntStream.range(1, tensorDegree)
                .filter(degree -> ranksOnHost.values().stream().allMatch(count -> count % degree == 0))
                .mapToObj(Integer::toString)
                .collect(Collectors.joining(" or "));
        throw new RankFailedException(new RankFailure(
                RankFailure.Kind.USER,
                ("tensor_parallel_degree is %d, but of the %d ranks %s, so a group that shares layers would be spread"
                                + " over hosts; give the executors of a host room for a multiple of %d ranks, set"
                                + " tensor_parallel_degree to %s, or tensor_parallel_across_hosts to true")
                        .formatted(tensorDegree, ranks.size(), placed, tensorDegree, fitting),
                List.of()));
    }

    /** How many ranks a task's host has. */
    int ranksOnHost(int task) {
        return Collections.frequency(hosts, hosts.get(task));
    }

    private static String host(String address) {
        int colon = address.lastIndexOf(':');
        return colon < 0 ? address : address.substring(0, colon);
    }
}
