package lambdasim

import (
	"maps"
	"net/http"
)

func (s *Server) accountSettings(*call) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	reserved := 0
	for _, f := range s.functions {
		if f.concurrency != nil {
			reserved += *f.concurrency
		}
	}
	return answer{http.StatusOK, map[string]any{
		"AccountLimit": map[string]any{
			"TotalCodeSize": int64(75) << 30, "CodeSizeUnzipped": maxUnzipped, "CodeSizeZipped": maxZip,
			"ConcurrentExecutions": s.environment.most, "UnreservedConcurrentExecutions": s.environment.most - reserved,
		},
		"AccountUsage": map[string]any{"TotalCodeSize": 0, "FunctionCount": len(s.functions)},
	}}, nil
}

func (s *Server) putConcurrency(c *call) (answer, error) {
	var req struct{ ReservedConcurrentExecutions *int }
	if err := c.decode(&req); err != nil {
		return answer{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	f, _, err := s.find(c)
	if err != nil {
		return answer{}, err
	}
	if req.ReservedConcurrentExecutions == nil || *req.ReservedConcurrentExecutions < 0 {
		return answer{}, invalid("ReservedConcurrentExecutions must be 0 or more")
	}
	f.concurrency = req.ReservedConcurrentExecutions
	return answer{http.StatusOK, req}, s.keep()
}

func (s *Server) getConcurrency(c *call) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, _, err := s.find(c)
	if err != nil {
		return answer{}, err
	}
	body := map[string]any{}
	if f.concurrency != nil {
		body["ReservedConcurrentExecutions"] = *f.concurrency
	}
	return answer{http.StatusOK, body}, nil
}

func (s *Server) deleteConcurrency(c *call) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, _, err := s.find(c)
	if err != nil {
		return answer{}, err
	}
	f.concurrency = nil
	return answer{http.StatusNoContent, nil}, s.keep()
}

// tagged returns the function that an ARN names; the lock is held.
func (s *Server) tagged(c *call) (*function, error) {
	name, _, err := splitName(c.PathValue("arn"))
	if err != nil {
		return nil, err
	}
	f := s.functions[name]
	if f == nil {
		return nil, notFound("Function not found: %s", c.PathValue("arn"))
	}
	return f, nil
}

func (s *Server) listTags(c *call) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, err := s.tagged(c)
	if err != nil {
		return answer{}, err
	}
	return answer{http.StatusOK, map[string]any{"Tags": maps.Clone(f.tags)}}, nil
}

func (s *Server) tagResource(c *call) (answer, error) {
	var req struct{ Tags map[string]string }
	if err := c.decode(&req); err != nil {
		return answer{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	f, err := s.tagged(c)
	if err != nil {
		return answer{}, err
	}
	if f.tags == nil {
		f.tags = map[string]string{}
	}
	maps.Copy(f.tags, req.Tags)
	return answer{http.StatusNoContent, nil}, s.keep()
}

func (s *Server) untagResource(c *call) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, err := s.tagged(c)
	if err != nil {
		return answer{}, err
	}
	for _, key := range c.URL.Query()["tagKeys"] {
		delete(f.tags, key)
	}
	return answer{http.StatusNoContent, nil}, s.keep()
}
