package dev.packtrain.jobs.bench;

import com.sun.management.GarbageCollectionNotificationInfo;
import dev.packtrain.training.metrics.ProcessMemory;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import javax.management.Notification;
import javax.management.NotificationEmitter;
import javax.management.NotificationListener;
import javax.management.openmbean.CompositeData;

/** The largest memory of this process between opening and closing: of the heap what garbage collections left. */
final class MemoryPeak implements AutoCloseable {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final long INTERVAL_MILLIS = 100;

    private final NotificationListener collections = (notification, unused) -> collected(notification);
    private final Set<String> heapPools;
    private final AtomicLong heapBytes = new AtomicLong();
    private final AtomicLong residentBytes = new AtomicLong();
    private final Thread sampler = new Thread(this::sample, "memory-peak");

    private MemoryPeak() {
        heapPools = ManagementFactory.getMemoryPoolMXBeans().stream()
                .filter(pool -> pool.getType() == MemoryType.HEAP)
                .map(MemoryPoolMXBean::getName)
                .collect(Collectors.toSet());
    }

    /** Starts watching. */
    static MemoryPeak watch() {
        MemoryPeak peak = new MemoryPeak();
        for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
            ((NotificationEmitter) collector).addNotificationListener(peak.collections, null, null);
        }
        peak.sampler.setDaemon(true);
        peak.sampler.start();
        return peak;
    }

    private void collected(Notification notification) {
        if (notification.getType().equals(GarbageCollectionNotificationInfo.GARBAGE_COLLECTION_NOTIFICATION)) {
            long used = GarbageCollectionNotificationInfo.from((CompositeData) notification.getUserData())
                    .getGcInfo()
                    .getMemoryUsageAfterGc()
                    .entrySet()
                    .stream()
                    .filter(pool -> heapPools.contains(pool.getKey()))
                    .map(java.util.Map.Entry::getValue)
                    .mapToLong(MemoryUsage::getUsed)
                    .sum();
            heapBytes.accumulateAndGet(used, Math::max);
        }
    }

    private void sample() {
        try {
            while (Files.exists(STATUS)) {
                residentBytes.accumulateAndGet(ProcessMemory.residentBytes(), Math::max);
                Thread.sleep(INTERVAL_MILLIS);
            }
        } catch (InterruptedException end) {
            Thread.currentThread().interrupt();
        }
    }

    /** Largest heap that was left after a garbage collection; 0 if there was none. */
    long heapBytes() {
        return heapBytes.get();
    }

    /** Largest resident memory; 0 where the system does not say. */
    long residentBytes() {
        return residentBytes.get();
    }

    @Override
    public void close() {
        sampler.interrupt();
        for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
            try {
                ((NotificationEmitter) collector).removeNotificationListener(collections);
            } catch (javax.management.ListenerNotFoundException impossible) {
                throw new IllegalStateException("it was added on watching", impossible);
            }
        }
    }
}
