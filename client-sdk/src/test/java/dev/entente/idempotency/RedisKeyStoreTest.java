package dev.entente.idempotency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.JedisPooled;
import redis.clients.jedis.exceptions.JedisException;

/** On a redis-server of Debian's package, which writes nothing to the disk. */
class RedisKeyStoreTest extends KeyStoreContract {
    private static final Path PROGRAM = Path.of("/usr/bin/redis-server");

    @TempDir
    private Path folder;

    private int port;
    private Process server;
    private JedisPooled redis;

    @BeforeEach
    void start() throws IOException {
        String advice = "this test needs: apt-get install redis-server";
        if ("all".equals(System.getenv("ENTENTE_REQUIRE"))) {
            assertThat(PROGRAM).as(advice).isExecutable();
        }
        assumeTrue(Files.isExecutable(PROGRAM), advice);
        port = freePort();
        server = new ProcessBuilder(
                        PROGRAM.toString(),
                        "--port",
                        Integer.toString(port),
                        "--bind",
                        "127.0.0.1",
                        "--save",
                        "",
                        "--dir",
                        folder.toString())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log").toFile())
                .start();
        redis = new JedisPooled("127.0.0.1", port);
        await().atMost(Duration.ofSeconds(30))
                .ignoreExceptionsInstanceOf(JedisException.class)
                .until(() -> {
                    redis.ping();
                    return true;
                });
    }

    @AfterEach
    void stop() throws InterruptedException {
        if (server != null) {
            redis.close();
            server.destroyForcibly().waitFor();
        }
    }

    @Override
    KeyStore store() {
        return new RedisKeyStore(redis);
    }

    @Test
    void a_server_that_has_died_is_told_and_nothing_is_taken() throws Exception {
        server.destroyForcibly().waitFor();
        assertThatThrownBy(() -> claim("k", IdempotencyKeys.digest("one"), "owner"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("does not answer");
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
