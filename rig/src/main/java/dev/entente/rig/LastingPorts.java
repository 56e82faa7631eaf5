package dev.entente.rig;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Ports for processes that come back to them. Those that the system hands out for outgoing connections (from 32768 on,
 * Linux) would not do: while a process is away one of them may be given to somebody else, even to whoever dials it.
 */
public final class LastingPorts {
    private static final int LEAST = 12_000;
    private static final int MOST = 32_000;

    private static final Set<Integer> GIVEN = ConcurrentHashMap.newKeySet();

    private LastingPorts() {}

    /** One that is free now, and that nobody in this process was given before. */
    public static int next() {
        while (true) {
            int port = Ports.orAny(ThreadLocalRandom.current().nextInt(LEAST, MOST));
            if (port != 0 && GIVEN.add(port)) {
                return port;
            }
        }
    }
}
