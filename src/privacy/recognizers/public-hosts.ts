/** Sites whose pages are the same for everybody: the address of one names nobody. */
const publicHosts = new Set(
  `aka.ms apache.org arxiv.org debian.org docker.com docs.rs dotnet.microsoft.com example.com example.net example.org gnu.org go.dev go.microsoft.com google.com
  huggingface.co ietf.org iso.org kernel.org kubernetes.io learn.microsoft.com man7.org microsoft.com mozilla.org msdn.microsoft.com nodejs.org npmjs.com nuget.org
  nvidia.com openai.com oracle.com owasp.org powershellgallery.com pypi.org python.org pytorch.org readthedocs.io redhat.com rust-lang.org schemas.microsoft.com
  schema.org sqlite.org stackoverflow.com technet.microsoft.com tools.ietf.org typescriptlang.org ubuntu.com unicode.org visualstudio.com w3.org who.int wikipedia.org wikimedia.org
  xmlsoap.org yaml.org`.split(/\s+/),
)
const codeHosts = new Set(['github.com', 'gitlab.com', 'raw.githubusercontent.com'])

/** True for a page of a widely known public site, or on this machine itself. Profile pages, which have one step in their path, do not count. */
export function isPublicPage({ hostname, pathname }: URL): boolean {
  if (hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]') return true
  const labels = hostname.split('.')
  for (let index = 0; index < labels.length - 1; index++) {
    const host = labels.slice(index).join('.')
    if (codeHosts.has(host)) return pathname.split('/').filter((step) => step !== '').length >= 2
    if (publicHosts.has(host)) return !/^\/(u|user|users|profile|people|in|~[^/]*)(\/|$)/i.test(pathname)
  }
  return false
}
