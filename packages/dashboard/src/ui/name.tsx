/** A name that somebody gave, as text: its direction is its own, its markup is shown. One line, cut with an ellipsis. */
export function Name({ children, className = '' }: { readonly children: string; readonly className?: string }) {
  return (
    <bdi dir="auto" title={children} className={`block w-fit max-w-full min-w-0 truncate ${className}`}>
      {children}
    </bdi>
  )
}
