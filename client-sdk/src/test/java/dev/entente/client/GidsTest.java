package dev.entente.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class GidsTest {
    private static final Instant NOW = Instant.parse("2026-11-20T10:00:00.123Z");

    @Test
    void a_gid_is_a_uuid_of_version_7_that_starts_with_the_millisecond() {
        UUID gid = UUID.fromString(new Gids(() -> NOW, new SecureRandom()).next());

        assertThat(gid.version()).isEqualTo(7);
        assertThat(gid.variant()).isEqualTo(2);
        assertThat(gid.getMostSignificantBits() >>> 16).isEqualTo(NOW.toEpochMilli());
    }

    @Test
    void gids_sort_in_creation_order_when_the_clock_stops_or_goes_back() {
        AtomicReference<Instant> clock = new AtomicReference<>(NOW);
        Gids gids = new Gids(clock::get, new SecureRandom());
        List<String> made = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) { // more than the maximum of the counter
            made.add(gids.next());
        }
        clock.set(NOW.minusSeconds(3600));
        made.add(gids.next());
        clock.set(NOW.plusSeconds(1));
        made.add(gids.next());

        assertThat(made).isSorted().doesNotHaveDuplicates();
    }

    @Test
    void gids_of_many_threads_are_unique_and_sorted_within_each_thread() throws Exception {
        Gids gids = new Gids(() -> NOW, new SecureRandom());
        Set<String> all = ConcurrentHashMap.newKeySet();
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Future<List<String>>> made = new ArrayList<>();
            for (int thread = 0; thread < 8; thread++) {
                made.add(threads.submit(() -> {
                    List<String> own = new ArrayList<>();
                    for (int i = 0; i < 2000; i++) {
                        own.add(gids.next());
                    }
                    return own;
                }));
            }
            for (Future<List<String>> own : made) {
                assertThat(own.get()).isSorted();
                all.addAll(own.get());
            }
        } finally {
            threads.shutdownNow();
        }

        assertThat(all).hasSize(16_000);
    }
}
