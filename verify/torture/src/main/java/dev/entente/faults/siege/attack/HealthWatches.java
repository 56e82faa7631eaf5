package dev.entente.faults.siege.attack;

import java.io.IOException;
import java.util.List;

/** Watches of the health, which need no token and never end: as many as a connection has room for, on many. */
final class HealthWatches {
    private static final int CONNECTIONS = 60;
    private static final int CALLS = 8000;

    private HealthWatches() {}

    static List<Attack> all() {
        return List.of(new Attack("health-watches", HealthWatches::watch));
    }

    private static void watch(Front front, Raid raid) throws InterruptedException {
        Together.of(CONNECTIONS, raid, number -> {
            while (raid.goesOn()) {
                try (RawHttp2 connection = RawHttp2.connect(number, front.grpcPort())) {
                    for (int stream = 1; raid.goesOn() && stream < 2 * CALLS; stream += 2) {
                        raid.tried();
                        connection.write(RawHttp2.wholeCall(stream, RawHttp2.WATCH));
                    }
                    while (raid.goesOn() && !connection.isClosed()) {
                        Thread.sleep(50);
                    }
                } catch (IOException refused) {
                    Thread.sleep(50);
                }
            }
        });
    }
}
