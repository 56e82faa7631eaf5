package dev.entente.backends;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** An nginx from Debian's package in front of a server on loopback. */
public final class NginxProxy extends Backend {
    /** The required program. */
    public static final DebianProgram PROGRAM = new DebianProgram("nginx", "nginx");

    private final String upstream;
    private final String directives;

    /**
     * @param upstream {@code host:port} with persistent connections; its name in the directives is {@code coordinator}
     * @param directives the additional lines of the server block
     */
    public NginxProxy(String upstream, String directives) throws IOException {
        super("nginx");
        this.upstream = upstream;
        this.directives = directives;
    }

    @Override
    List<String> command() throws IOException {
        Path file = folder().resolve("nginx.conf");
        Files.writeString(file, """
            daemon off;
            master_process off;
            pid nginx.pid;
            error_log stderr;
            events {}
            http {
              access_log off;
              client_body_temp_path body;
              proxy_temp_path proxy;
              fastcgi_temp_path fastcgi;
              uwsgi_temp_path uwsgi;
              scgi_temp_path scgi;
              upstream coordinator { server %s; keepalive 8; }
              server {
                listen 127.0.0.1:%d;
                %s
              }
            }
            """.formatted(upstream, port(), directives));
        return List.of(PROGRAM.path().toString(), "-p", folder().toString(), "-c", file.toString(), "-e", "stderr");
    }

    @Override
    boolean answers() {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port())) {
            return socket.isConnected();
        } catch (IOException notYet) {
            return false;
        }
    }
}
