package dev.entente.stories.service;

import dev.entente.idempotency.IdempotencyFilter;
import dev.entente.idempotency.IdempotencyKeys;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.EnumSet;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A service's HTTP server on loopback. A filter of idempotency keys precedes the handler. */
final class ServiceHttpServer {
    private static final Logger LOG = LoggerFactory.getLogger(ServiceHttpServer.class);
    private static final int FAILED = 500;

    private ServiceHttpServer() {}

    /**
     * A response, as it is stored for repeated requests.
     *
     * @param status the HTTP status
     */
    record Response(int status, String body) {}

    /** The work of a request. */
    interface Handler {
        Response handle(String key, String body) throws SQLException;
    }

    /** Starts the server on this port, and serves until the process ends. */
    static void open(int port, IdempotencyKeys keys, Handler handler) throws Exception {
        Server server = new Server();
        ServerConnector connector = new ServerConnector(server);
        connector.setHost("127.0.0.1");
        connector.setPort(port);
        server.addConnector(connector);
        ServletContextHandler context = new ServletContextHandler();
        context.addServlet(new ServletHolder(new Requests(handler)), "/*");
        context.addFilter(new FilterHolder(new IdempotencyFilter(keys)), "/*", EnumSet.of(DispatcherType.REQUEST));
        server.setHandler(context);
        server.start();
    }

    private static final class Requests extends HttpServlet {
        private static final long serialVersionUID = 1;

        private final transient Handler handler;

        Requests(Handler handler) {
            this.handler = handler;
        }

        @Override
        protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
            String body = new String(request.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            Response answer = answer(request.getHeader("Idempotency-Key"), body);
            response.setStatus(answer.status());
            response.setContentType("application/json");
            response.getOutputStream().write(answer.body().getBytes(StandardCharsets.UTF_8));
        }

        private Response answer(String key, String body) {
            try {
                return handler.handle(key, body);
            } catch (SQLException failure) {
                LOG.warn("the request failed: {}", failure.getMessage());
                return new Response(FAILED, "{}");
            }
        }
    }
}
