package dev.entente.faults.siege.attack;

import java.io.IOException;
import java.util.List;

/** Calls that need no token, whose answers go on or are not taken: as many as a connection has room for, on many. */
final class Untaken {
    private static final int CONNECTIONS = 60;
    private static final int CALLS = 8000;

    private Untaken() {}

    static List<Attack> all() {
        return List.of(
                Attack.plain("health-watches", (front, raid) -> call(front, raid, RawHttp2.WATCH, new byte[0])),
                Attack.plain(
                        "untaken-answers", (front, raid) -> call(front, raid, RawHttp2.HEALTH, RawHttp2.NO_WINDOW)));
    }

    private static void call(Front front, Raid raid, String path, byte[] settings) throws InterruptedException {
        Together.of(CONNECTIONS, raid, number -> {
            while (raid.goesOn()) {
                try (RawHttp2 connection = RawHttp2.over(RawHttp2.dial(number, front.grpcPort()), settings)) {
                    for (int stream = 1; raid.goesOn() && stream < 2 * CALLS; stream += 2) {
                        raid.tried();
                        connection.write(RawHttp2.wholeCall(stream, path));
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
