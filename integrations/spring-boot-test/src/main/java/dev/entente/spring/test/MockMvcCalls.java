package dev.entente.spring.test;

import com.google.protobuf.ByteString;
import dev.entente.spring.test.HttpBridge.Request;
import dev.entente.spring.test.HttpBridge.Response;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.springframework.http.HttpMethod;
import org.springframework.mock.web.MockHttpServletResponse;
import org.springframework.test.web.servlet.MockMvc;
import org.springframework.test.web.servlet.MvcResult;
import org.springframework.test.web.servlet.request.MockHttpServletRequestBuilder;
import org.springframework.test.web.servlet.request.MockMvcRequestBuilders;

/** Calls to an application without a port. */
record MockMvcCalls(MockMvc mvc) implements HttpBridge.Calls {
    @Override
    public Response deliver(Request request) throws Exception {
        MockHttpServletRequestBuilder call = MockMvcRequestBuilders.request(
                        HttpMethod.valueOf(request.method()), URI.create(request.uri()))
                .content(request.body().toByteArray());
        request.headers().forEach((name, values) -> call.header(name, values.toArray()));
        MvcResult result = mvc.perform(call).andReturn();
        if (result.getRequest().isAsyncStarted()) {
            result = mvc.perform(MockMvcRequestBuilders.asyncDispatch(result)).andReturn();
        }
        MockHttpServletResponse response = result.getResponse();
        Map<String, List<String>> headers = new TreeMap<>();
        response.getHeaderNames().forEach(name -> headers.put(name, response.getHeaders(name)));
        return new Response(response.getStatus(), headers, ByteString.copyFrom(response.getContentAsByteArray()));
    }
}
