package dev.packtrain.training.collectives;

import dev.packtrain.kernels.KernelUnavailableException;
import dev.packtrain.kernels.SharedMemory;
import dev.packtrain.kernels.SharedMemory.SharedMemoryException;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;

/**
 * How the ranks of a group find out, by themselves, whether they can share memory: the first one makes it and writes a
 * random number into it, the others open it and look for that number. So it is the memory itself that proves that they are
 * on one host, under one user, and see each other's processes; a name alone would not. If one rank says no, all use TCP.
 */
final class SharedMemoryMeeting {
    private static final long DEFAULT_WINDOW_BYTES = 1 << 20;
    private static final String NO = "no ";
    private static final String YES = "yes";

    private final GroupMeeting meeting;
    private final HostIdentity here;
    private final long windowBytes;

    /**
     * For one rank.
     *
     * @param meeting where the ranks talk
     * @param here this process
     */
    SharedMemoryMeeting(GroupMeeting meeting, HostIdentity here) {
        this(meeting, here, DEFAULT_WINDOW_BYTES);
    }

    SharedMemoryMeeting(GroupMeeting meeting, HostIdentity here, long windowBytes) {
        this.meeting = meeting;
        this.here = here;
        this.windowBytes = windowBytes;
    }

    /** What came of it: memory, or why not. */
    record Outcome(Optional<SharedWindows> windows, String reason) {}

    Outcome meet() {
        List<String> hosts = meeting.say("host", here.host());
        for (int r = 1; r < hosts.size(); r++) {
            if (!hosts.get(r).equals(hosts.get(0))) {
                return new Outcome(
                        Optional.empty(),
                        "ranks %d and %d are on different hosts".formatted(meeting.worldRank(0), meeting.worldRank(r)));
            }
        }
        return share();
    }

    private Outcome share() {
        Attempt attempt = meeting.rank() == 0 ? create() : open(meeting.hear("memory", 0));
        List<String> answers = meeting.say("mapped", attempt.answer());
        if (attempt.memory().isPresent()) {
            attempt.memory().get().seal();
        }
        for (int r = 0; r < answers.size(); r++) {
            if (!answers.get(r).equals(YES)) {
                attempt.memory().ifPresent(SharedMemory::close);
                return new Outcome(
                        Optional.empty(),
                        "rank %d: %s"
                                .formatted(meeting.worldRank(r), answers.get(r).substring(NO.length())));
            }
        }
        return new Outcome(
                attempt.memory().map(memory -> new SharedWindows(memory, meeting.rank(), meeting.size(), windowBytes)),
                "");
    }

    private record Attempt(Optional<SharedMemory> memory, String answer) {}

    private long bytes() {
        return SharedWindows.bytes(meeting.size(), windowBytes);
    }

    private Attempt create() {
        try {
            SharedMemory memory = SharedMemory.create(bytes());
            long token = new SecureRandom().nextLong();
            memory.putLong(SharedWindows.token(meeting.size()), token);
            meeting.tell("memory", memory.path() + " " + token);
            return new Attempt(Optional.of(memory), YES);
        } catch (SharedMemoryException | KernelUnavailableException e) {
            meeting.tell("memory", NO + e.getMessage());
            return new Attempt(Optional.empty(), NO + e.getMessage());
        }
    }

    private Attempt open(String offer) {
        if (offer.startsWith(NO)) {
            return new Attempt(Optional.empty(), NO + "nothing was offered");
        }
        List<String> parts = List.of(offer.split(" ", -1));
        try {
            SharedMemory memory = SharedMemory.open(parts.get(0), bytes());
            if (memory.getLong(SharedWindows.token(meeting.size())) == Long.parseLong(parts.get(1))) {
                return new Attempt(Optional.of(memory), YES);
            }
            memory.close();
            return new Attempt(Optional.empty(), NO + parts.get(0) + " is other memory");
        } catch (SharedMemoryException | KernelUnavailableException e) {
            return new Attempt(Optional.empty(), NO + e.getMessage());
        }
    }
}
