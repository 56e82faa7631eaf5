package dev.entente.participant;

import com.sun.net.httpserver.HttpExchange;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.lang.reflect.Proxy;

/** An exchange of the JDK's HTTP server as the servlet API shows it; only the methods that a filter calls. */
final class ServletExchange {
    private ServletExchange() {}

    static HttpServletRequest request(HttpExchange exchange) {
        return (HttpServletRequest) Proxy.newProxyInstance(
                ServletExchange.class.getClassLoader(),
                new Class<?>[] {HttpServletRequest.class},
                (proxy, method, arguments) -> switch (method.getName()) {
                    case "getHeader" -> exchange.getRequestHeaders().getFirst((String) arguments[0]);
                    default -> throw new UnsupportedOperationException(method.getName());
                });
    }

    static HttpServletResponse response(HttpExchange exchange) {
        int[] status = {200};
        int[] length = {0};
        return (HttpServletResponse) Proxy.newProxyInstance(
                ServletExchange.class.getClassLoader(),
                new Class<?>[] {HttpServletResponse.class},
                (proxy, method, arguments) -> {
                    switch (method.getName()) {
                        case "isCommitted" -> {
                            return exchange.getResponseCode() != -1;
                        }
                        case "reset" -> exchange.getResponseHeaders().clear();
                        case "setStatus" -> status[0] = (int) arguments[0];
                        case "setContentLength" -> length[0] = (int) arguments[0];
                        case "setHeader" ->
                            exchange.getResponseHeaders().set((String) arguments[0], (String) arguments[1]);
                        case "getOutputStream" -> {
                            exchange.sendResponseHeaders(status[0], length[0]);
                            return new Output(exchange);
                        }
                        default -> throw new UnsupportedOperationException(method.getName());
                    }
                    return null;
                });
    }

    private static final class Output extends ServletOutputStream {
        private final HttpExchange exchange;

        Output(HttpExchange exchange) {
            this.exchange = exchange;
        }

        @Override
        public boolean isReady() {
            return true;
        }

        @Override
        public void setWriteListener(WriteListener listener) {
            throw new UnsupportedOperationException("it blocks");
        }

        @Override
        public void write(int single) throws IOException {
            exchange.getResponseBody().write(single);
        }
    }
}
