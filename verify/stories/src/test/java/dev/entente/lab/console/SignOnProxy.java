package dev.entente.lab.console;

import dev.entente.backends.LoopbackPorts;
import dev.entente.lab.DebianPackages;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.awaitility.Awaitility;

/**
 * Debian's nginx before a coordinator, as a proxy with single sign-on. The browser's cookie {@code answer} chooses the
 * response that replaces the coordinator's. Streams that are open stay open.
 */
final class SignOnProxy implements AutoCloseable {
    private static final String NAME = "nginx";
    private static final String SETTINGS = """
        daemon off;
        pid FOLDER/pid;
        error_log stderr;
        events {}
        http {
          access_log off;
          default_type text/html;
          client_body_temp_path FOLDER/body;
          proxy_temp_path FOLDER/proxy;
          fastcgi_temp_path FOLDER/fastcgi;
          uwsgi_temp_path FOLDER/uwsgi;
          scgi_temp_path FOLDER/scgi;
          server {
            listen 127.0.0.1:SIGN_IN_PORT;
            location / { return 200 '<main id="main">Sign in</main>'; }
          }
          server {
            listen 127.0.0.1:PORT;
            location /oauth2/ { return 200 '<main id="main">Sign in</main>'; }
            location / {
              if ($cookie_answer = other-host) { return 302 http://localhost:SIGN_IN_PORT/authorize; }
              if ($cookie_answer = own-host) { return 303 /oauth2/sign_in; }
              if ($cookie_answer = 307) { return 307 /oauth2/sign_in; }
              if ($cookie_answer = 200) { return 200 '<main id="main">Sign in</main>'; }
              if ($cookie_answer = 401) { return 401 '<p>Sign in</p>'; }
              if ($cookie_answer = 403) { return 403 '<main id="main">Sign in</main>'; }
              if ($cookie_answer = 204) { return 204; }
              if ($cookie_answer = 404) { return 404 '<main id="main">No such backend</main>'; }
              if ($cookie_answer = 429) { return 429 '<p>Too many requests</p>'; }
              if ($cookie_answer = 502) { return 502 '<main id="main">Bad gateway</main>'; }
              proxy_pass http://COORDINATOR;
              proxy_set_header Host $http_host;
            }
          }
        }
        """;

    private final Process process;
    private final int port;

    private SignOnProxy(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /**
     * Starts it, where there is one. Blocks until it listens.
     *
     * @param coordinator host and port
     */
    static SignOnProxy start(String coordinator, Path folder) throws IOException {
        DebianPackages.require(List.of(NAME), NAME, "-v");
        int port = LoopbackPorts.next();
        Path settings = folder.resolve("nginx.conf");
        Files.writeString(
                settings,
                SETTINGS.replace("FOLDER", folder.toString())
                        .replace("SIGN_IN_PORT", Integer.toString(LoopbackPorts.next()))
                        .replace("PORT", Integer.toString(port))
                        .replace("COORDINATOR", coordinator));
        Path log = folder.resolve("log");
        Process process = new ProcessBuilder(NAME, "-p", folder.toString(), "-c", settings.toString(), "-e", "stderr")
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        SignOnProxy started = new SignOnProxy(process, port);
        Awaitility.await().until(() -> {
            if (!process.isAlive()) {
                throw new IllegalStateException("nginx has exited:\n" + Files.readString(log));
            }
            return started.listens();
        });
        return started;
    }

    private boolean listens() {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
            return true;
        } catch (IOException notYet) {
            return false;
        }
    }

    /** Returns the URL of a page of the console behind it. */
    String url(String page) {
        return "http://127.0.0.1:" + port + "/" + page;
    }

    @Override
    public void close() {
        process.destroy();
    }
}
