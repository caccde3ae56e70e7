package main

// welcome is what the server answers at its root, where KairosDB has pages.
const welcome = `This is Aion, a time-series query server that speaks KairosDB's REST API.
There are no pages here. Programs find

  the API            /api/v1, described at /api/openapi.json
  the version        /api/v1/version
  whether it is well /api/v1/health/check
  figures            /metrics
`
