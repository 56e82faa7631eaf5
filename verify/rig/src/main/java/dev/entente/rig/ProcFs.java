package dev.entente.rig;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.LongStream;

/** Reads Linux's CPU time and memory of processes. On other systems every figure is 0. */
public final class ProcFs {
    private static final Path PROC = Path.of("/proc");
    /** USER_HZ is 100 in the kernel's interface on every architecture: one tick is 10 ms. */
    private static final long TICK_MICROS = 10_000;

    // Field positions in /proc/PID/stat after the command's closing bracket.
    private static final int USER_TIME = 11;
    private static final int SYSTEM_TIME = 12;
    private static final int REAPED_USER_TIME = 13;
    private static final int REAPED_SYSTEM_TIME = 14;

    private ProcFs() {}

    /**
     * Returns the CPU time of one process so far, in microseconds.
     *
     * @param withChildren adds all current and past children; children of children are not counted
     */
    public static long cpuMicros(long pid, boolean withChildren) {
        long ticks = ticks(pid, USER_TIME, SYSTEM_TIME);
        if (withChildren) {
            ticks += ticks(pid, REAPED_USER_TIME, REAPED_SYSTEM_TIME);
            ticks += children(pid)
                    .map(child -> ticks(child, USER_TIME, SYSTEM_TIME))
                    .sum();
        }
        return ticks * TICK_MICROS;
    }

    /**
     * Returns the CPU time of all processes of the machine so far, in microseconds: all time except idle, waiting for
     * I/O, and stolen time.
     */
    public static long machineBusyMicros() {
        String[] cpu =
                read(PROC.resolve("stat")).lines().findFirst().orElseThrow().split(" +", -1);
        long ticks = 0;
        for (int place : new int[] {1, 2, 3, 6, 7}) {
            ticks += Long.parseLong(cpu[place]);
        }
        return ticks * TICK_MICROS;
    }

    /**
     * Returns the resident memory of one process, in MiB.
     *
     * @param withChildren adds the children; a page that several processes share counts once in total
     */
    public static double rssMb(long pid, boolean withChildren) {
        long kilobytes = withChildren
                ? LongStream.concat(LongStream.of(pid), children(pid))
                        .map(one -> kilobytes(PROC.resolve(one + "/smaps_rollup"), "Pss:"))
                        .sum()
                : statusKilobytes(pid, "VmRSS:");
        return kilobytes / 1024.0;
    }

    /** Returns one of the fields in a process's {@code status}, such as {@code VmHWM:}; 0 if the process has ended. */
    public static long statusKilobytes(long pid, String field) {
        return kilobytes(PROC.resolve(pid + "/status"), field);
    }

    private static LongStream children(long pid) {
        return ProcessHandle.of(pid).stream().flatMap(ProcessHandle::children).mapToLong(ProcessHandle::pid);
    }

    /** Sums fields after the command's name, which can contain blanks and brackets; 0 if the process has ended. */
    private static long ticks(long pid, int... places) {
        String text = read(PROC.resolve(pid + "/stat"));
        if (text.isEmpty()) {
            return 0;
        }
        List<String> stat = List.of(text.substring(text.lastIndexOf(')') + 2).split(" ", -1));
        long sum = 0;
        for (int place : places) {
            sum += Long.parseLong(stat.get(place));
        }
        return sum;
    }

    private static long kilobytes(Path file, String field) {
        return read(file)
                .lines()
                .filter(line -> line.startsWith(field))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                .findFirst()
                .orElse(0);
    }

    /** Returns the text of a file below /proc; empty if the process has ended. */
    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return "";
        }
    }
}
