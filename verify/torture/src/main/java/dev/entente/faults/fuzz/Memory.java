package dev.entente.faults.fuzz;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** The most memory that another process has had resident, by what the system says of it twice a second. Thread-safe. */
final class Memory implements AutoCloseable {
    private static final int PERIOD_MILLIS = 500;

    private final long pid;
    private final AtomicLong most = new AtomicLong();
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("memory").daemon().factory());

    private Memory(long pid) {
        this.pid = pid;
    }

    /** Begins to look. */
    static Memory of(long pid) {
        Memory memory = new Memory(pid);
        var _ = memory.clock.scheduleWithFixedDelay(memory::look, 0, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
        return memory;
    }

    private void look() {
        most.accumulateAndGet(residentKilobytes(), Math::max);
    }

    private long residentKilobytes() {
        Path status = Path.of("/proc", Long.toString(pid), "status");
        try {
            return Files.exists(status) ? fromProc(status) : fromPs();
        } catch (IOException gone) {
            return 0;
        }
    }

    /** The peak, as Linux keeps it. */
    private static long fromProc(Path status) throws IOException {
        return Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("VmHWM:"))
                .mapToLong(Memory::number)
                .findFirst()
                .orElse(0);
    }

    private long fromPs() throws IOException {
        Process ps = new ProcessBuilder("ps", "-o", "rss=", "-p", Long.toString(pid)).start();
        return number(new String(ps.getInputStream().readAllBytes(), StandardCharsets.US_ASCII));
    }

    private static long number(String text) {
        String digits = text.replaceAll("\\D", "");
        return digits.isEmpty() ? 0 : Long.parseLong(digits);
    }

    /** In mebibytes, the last look included. */
    long most() {
        look();
        return most.get() >> 10;
    }

    @Override
    public void close() {
        clock.shutdownNow();
    }
}
