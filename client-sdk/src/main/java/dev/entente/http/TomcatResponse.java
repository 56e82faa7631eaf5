package dev.entente.http;

import jakarta.servlet.ServletResponse;
import jakarta.servlet.ServletResponseWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;

/** The response of Tomcat, which ends it after a forward unless its class is hidden. */
final class TomcatResponse {
    private TomcatResponse() {}

    static HttpServletResponse hiddenIfTomcats(HttpServletResponse response) {
        return isTomcats(response) ? hidden(response) : response;
    }

    private static boolean isTomcats(ServletResponse response) {
        return response instanceof ServletResponseWrapper outer
                ? isTomcats(outer.getResponse())
                : response.getClass().getName().startsWith("org.apache.catalina.");
    }

    /** Hides a response's class: after a forward Tomcat 11 ends the one below all wrappers, if it is its own. */
    @SuppressWarnings("ReferenceEquality") // as a response compares
    private static HttpServletResponse hidden(HttpServletResponse response) {
        return (HttpServletResponse) Proxy.newProxyInstance(
                HttpServletResponse.class.getClassLoader(),
                new Class<?>[] {HttpServletResponse.class},
                (self, method, arguments) -> {
                    if (method.getName().equals("equals")) {
                        return self == arguments[0];
                    }
                    try {
                        return method.invoke(response, arguments);
                    } catch (InvocationTargetException failed) {
                        throw failed.getTargetException();
                    }
                });
    }
}
